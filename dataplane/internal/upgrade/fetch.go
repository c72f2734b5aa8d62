package upgrade

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/release"
)

// maxProgram is how large a program may be, in bytes.
const maxProgram = 1 << 30

// Wanted is a release that somebody asks for.
type Wanted struct {
	Version string
	SHA256  string
	Force   bool // also one that is lower than the program that runs
}

// Source is where releases come from: BASE/DIGEST and BASE/DIGEST.release.
type Source struct {
	Base    string // URL without a slash at the end
	HTTP    *http.Client
	Keys    release.Keys
	Program string // that may run here: "edge" or "dataplane"
	Running string // version of the program that runs
}

// Fetch brings a release into the folder, unless it is there. Nothing gets a name there before all of it has been verified: who
// signed it, that it is what was asked for, for this machine, not lower than what runs, and that the program is the signed one.
func (c *Child) Fetch(ctx context.Context, from Source, w Wanted) error {
	if !release.ValidDigest(w.SHA256) {
		return errors.New("sha256: must be 64 hexadecimal digits in lower case")
	}
	text, err := from.get(ctx, w.SHA256+release.Suffix, release.MaxStatement)
	if err != nil {
		return err
	}
	statement, err := io.ReadAll(text)
	if err = errors.Join(err, text.Close()); err != nil {
		return fmt.Errorf("fetch the signed statement: %w", err)
	}
	r, err := from.Keys.Open(statement)
	if err != nil {
		return err
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	switch {
	case r.SHA256 != w.SHA256 || r.Version != w.Version:
		return fmt.Errorf("the signed release is %s with the digest %s, not what was asked for", r.Version, r.SHA256)
	case r.Program != from.Program || r.Platform != platform:
		return fmt.Errorf("the release is %s for %s, and this is %s on %s", r.Program, r.Platform, from.Program, platform)
	case r.Size > maxProgram:
		return fmt.Errorf("the program has %d bytes, more than %d", r.Size, maxProgram)
	case !w.Force && release.Lower(r.Version, from.Running):
		return fmt.Errorf("version %s is lower than %s, which runs: updates do not go back unless they are forced", r.Version, from.Running)
	}
	if c.has(r.SHA256, from.Keys) {
		return nil
	}
	return c.download(ctx, from, r, statement)
}

func (c *Child) download(ctx context.Context, from Source, r release.Release, statement []byte) error {
	if err := os.MkdirAll(c.folder.path(r.SHA256), 0o700); err != nil {
		return fmt.Errorf("folder of the release: %w", err)
	}
	body, err := from.get(ctx, r.SHA256, r.Size)
	if err != nil {
		return err
	}
	defer body.Close()
	path := c.folder.program(r.SHA256)
	file, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o700), renameio.WithTempDir(c.folder.path(r.SHA256)))
	if err != nil {
		return fmt.Errorf("write the program: %w", err)
	}
	defer func() { _ = file.Cleanup() }() // nothing is left to do for one that has its name
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), body); err != nil {
		return fmt.Errorf("fetch the program: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != r.SHA256 {
		return fmt.Errorf("the program that came has the digest %s, and %s was signed: it was changed on the way, and is not used", got, r.SHA256)
	}
	if err := renameio.WriteFile(path+release.Suffix, statement, 0o600); err != nil {
		return fmt.Errorf("write the signed statement: %w", err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write the program: %w", err)
	}
	return nil
}

// get opens what lies at a name; what is longer than limit is cut off.
func (s Source) get(ctx context.Context, name string, limit int64) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(s.Base, "/")+"/"+name, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch the release: %w", err)
	}
	answer, err := s.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch the release: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("fetch the release: %s answered %s", r.URL.Redacted(), answer.Status)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, limit), answer.Body}, nil
}
