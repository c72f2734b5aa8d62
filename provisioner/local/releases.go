package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Names of the programs in the folder of a release.
const (
	edgeName   = "edge"
	sharedName = "dataplane"
)

// releases returns the versions that can be asked for: the own ones first, then those in the folder, newest first. The folder is
// looked at each time, so that a release that is put there can be used at once.
func (c *Cloud) releases() []Binary {
	if c.VersionsDir == "" {
		return c.Versions
	}
	entries, err := os.ReadDir(c.VersionsDir)
	if err != nil {
		c.Logger.Error("read the folder of versions", "error", err)
		return c.Versions
	}
	var more []Binary
	for _, e := range entries {
		path := filepath.Join(c.VersionsDir, e.Name())
		b := Binary{Version: e.Name(), Path: filepath.Join(path, edgeName), Shared: filepath.Join(path, sharedName)}
		if runnable(b.Path) && runnable(b.Shared) {
			more = append(more, b)
		}
	}
	slices.SortFunc(more, func(a, b Binary) int { return newer(a.Version, b.Version) })
	return append(slices.Clone(c.Versions), more...)
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// newer orders versions such as 1.10.0 and v1.9.2-rc.1, the newest first; what is none comes after them.
func newer(a, b string) int {
	form := func(v string) string { return "v" + strings.TrimPrefix(v, "v") }
	if n := semver.Compare(form(b), form(a)); n != 0 {
		return n
	}
	return strings.Compare(b, a)
}
