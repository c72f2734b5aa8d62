package vpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

const suffix = ".json"

// state is what must be known of a network after a crash.
type state struct {
	Network
	Links []Link `json:"links,omitempty"`
}

func (n *Networks) path(id string) string { return filepath.Join(n.Dir, id+suffix) }

// load returns the zero value for a network that is not remembered.
func (n *Networks) load(id string) (state, error) {
	var s state
	b, err := os.ReadFile(n.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read what is remembered of network %s: %w", id, err)
	}
	return s, nil
}

// save replaces the file at once and durably.
func (n *Networks) save(id string, s state) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = renameio.WriteFile(n.path(id), append(b, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("remember network %s: %w", id, err)
	}
	return nil
}

func (n *Networks) forget(id string) error {
	if err := os.Remove(n.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget network %s: %w", id, err)
	}
	return nil
}

func (n *Networks) remembered() ([]string, error) {
	entries, err := os.ReadDir(n.Dir)
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), suffix); ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
