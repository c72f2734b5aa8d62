package upgrade

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/release"
)

// Names in the folder.
const (
	programName   = "program"
	installedName = "installed"
	currentName   = "current"
	trialName     = "trial.json"
	outcomeName   = "outcome.json"
)

// Trial is an update under way.
type Trial struct {
	Command string    `json:"command"` // id of the command that asked for it
	From    string    `json:"from"`    // digest of the release before; "": the installed program
	To      string    `json:"to"`      // digest
	Since   time.Time `json:"since"`
	Starts  int       `json:"starts"` // of the release so far
}

// Outcome is what an update came to.
type Outcome struct {
	Command string    `json:"command"`
	To      string    `json:"to"`               // digest
	Failed  string    `json:"failed,omitempty"` // why the former program runs again; "": the release runs
	At      time.Time `json:"at"`
}

// folder is where releases lie.
type folder string

func (f folder) path(names ...string) string {
	return filepath.Join(append([]string{string(f)}, names...)...)
}

func (f folder) program(digest string) string { return f.path(digest, programName) }

// verified returns the path of a release whose statement is signed by one of the keys and whose program is the one of the
// statement.
func (f folder) verified(digest string, keys release.Keys) (string, error) {
	if !release.ValidDigest(digest) {
		return "", fmt.Errorf("%q is not the digest of a release", digest)
	}
	path := f.program(digest)
	text, err := os.ReadFile(path + release.Suffix)
	if err != nil {
		return "", fmt.Errorf("read signed release: %w", err)
	}
	r, err := keys.Open(text)
	if err != nil {
		return "", err
	}
	sum, err := digestOf(path)
	if err != nil {
		return "", err
	}
	if sum != digest || r.SHA256 != digest {
		return "", fmt.Errorf("the program %s is not the one that was signed", path)
	}
	return path, nil
}

// digestOf returns the hexadecimal SHA-256 of a file.
func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read program: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read program: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// word reads a file of one word, "" when it is missing.
func (f folder) word(name string) (string, error) {
	b, err := os.ReadFile(f.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// setWord replaces a file of one word; "" removes it.
func (f folder) setWord(name, word string) error {
	if word == "" {
		return f.remove(name)
	}
	if err := renameio.WriteFile(f.path(name), []byte(word+"\n"), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (f folder) remove(name string) error {
	if err := os.RemoveAll(f.path(name)); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// read reads a JSON file into v; false: it is missing.
func (f folder) read(name string, v any) (bool, error) {
	b, err := os.ReadFile(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	return true, nil
}

func (f folder) write(name string, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		err = renameio.WriteFile(f.path(name), append(b, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// sweep removes all releases but those of the digests, and downloads that broke off.
func (f folder) sweep(keep ...string) error {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return fmt.Errorf("read folder of programs: %w", err)
	}
	kept := strings.Join(keep, " ")
	for _, e := range entries {
		if e.IsDir() && !strings.Contains(kept, e.Name()) {
			err = errors.Join(err, f.remove(e.Name()))
		}
	}
	return err
}
