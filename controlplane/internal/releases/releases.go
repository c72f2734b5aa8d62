// Package releases hands out signed programs of data planes (dataplane/release) from a folder.
//
// The folder has one folder for each version, with programs and their signed statements: 1.4.0/edge and 1.4.0/edge.release, or one
// level deeper for further platforms. What is put there is offered at once. Nothing here can sign: data planes believe who
// publishes releases, not this control plane.
package releases

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/podium-cloud/podium/dataplane/release"
)

// Shelf is a folder of releases.
type Shelf struct {
	Dir    string       // "": there are none
	Keys   release.Keys // whose signatures count; none: there are no releases
	Logger *slog.Logger

	told sync.Map // files that were left out
}

// Found is a release and where its program lies.
type Found struct {
	release.Release
	Path string
}

// All lists the releases whose statement is signed by one of the keys, the newest first.
func (s *Shelf) All() []Found {
	if s.Dir == "" || len(s.Keys) == 0 {
		return nil
	}
	var all []Found
	for _, depth := range []string{"*", "*/*"} {
		paths, err := filepath.Glob(filepath.Join(s.Dir, depth, "*"+release.Suffix))
		if err != nil {
			s.Logger.Error("look for releases", "error", err)
		}
		for _, p := range paths {
			r, err := s.read(p)
			if err != nil {
				if _, again := s.told.LoadOrStore(p, true); !again {
					s.Logger.Warn("a release is left out", "file", p, "error", err)
				}
				continue
			}
			all = append(all, Found{r, strings.TrimSuffix(p, release.Suffix)})
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int {
		switch {
		case release.Lower(b.Version, a.Version):
			return -1
		case release.Lower(a.Version, b.Version):
			return 1
		}
		return cmp.Compare(a.Path, b.Path)
	})
	return all
}

func (s *Shelf) read(file string) (release.Release, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return release.Release{}, err
	}
	r, err := s.Keys.Open(text)
	if err != nil {
		return r, err
	}
	info, err := os.Stat(strings.TrimSuffix(file, release.Suffix))
	if err == nil && info.Size() != r.Size {
		err = errors.New("the program beside it has another size")
	}
	return r, err
}

// Versions lists the versions that there are, the newest first.
func (s *Shelf) Versions() []string {
	var names []string
	for _, r := range s.All() {
		if !slices.Contains(names, r.Version) {
			names = append(names, r.Version)
		}
	}
	return names
}

// Find returns the release of a program for a platform.
func (s *Shelf) Find(version, program, platform string) (release.Release, bool) {
	for _, r := range s.All() {
		if r.Version == version && r.Program == program && r.Platform == platform {
			return r.Release, true
		}
	}
	return release.Release{}, false
}

// ServeHTTP implements http.Handler: the last part of the path is the digest of a program, or that and ".release". Whoever asks
// gets it, as there is nothing secret in it.
func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	digest, statement := strings.CutSuffix(path.Base(r.URL.Path), release.Suffix)
	for _, found := range s.All() {
		if found.SHA256 != digest {
			continue
		}
		file := found.Path
		if statement {
			file += release.Suffix
		}
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			break
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFile(w, r, file)
		return
	}
	http.Error(w, "there is no such release", http.StatusNotFound)
}
