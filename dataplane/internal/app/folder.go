package app

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// folder is where a data plane keeps everything that must outlive it.
type folder struct {
	path string
	lock *flock.Flock
}

var errInUse = errors.New("in use by another process")

// openFolder makes the folder when it is missing and takes it for this process alone.
func openFolder(path string) (*folder, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", path, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f := &folder{path: abs, lock: flock.New(filepath.Join(abs, "edge.lock"))}
	ok, err := f.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("data folder %s cannot be written: %w", abs, err)
	}
	if !ok {
		return nil, fmt.Errorf("data folder %s is %w; name another one with --data", abs, errInUse)
	}
	return f, nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// storeIn is where the embedded store lies in a data folder.
func storeIn(folder string) string { return filepath.Join(folder, "store") }

func (f *folder) close() error { return f.lock.Unlock() }

// clusterOf returns the id that a data plane in a folder has, "" when it has none yet.
func clusterOf(folder string) string {
	var link struct {
		ClusterID string `json:"clusterId"`
	}
	if b, err := os.ReadFile(filepath.Join(folder, "link.json")); err == nil && json.Unmarshal(b, &link) == nil && link.ClusterID != "" {
		return link.ClusterID
	}
	b, _ := os.ReadFile(filepath.Join(folder, "cluster-id")) // "" when it cannot be read
	return strings.TrimSpace(string(b))
}

// clusterID returns the id that a stand-alone data plane made up for itself when it was first started.
func (f *folder) clusterID() (string, error) {
	path := f.file("cluster-id")
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && id != "" {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read cluster id: %w", err)
	}
	id := "clu_" + strings.ToLower(rand.Text()[:16])
	if err := renameio.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write cluster id: %w", err)
	}
	return id, nil
}

func makeFolderOf(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return nil
}
