package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/store"
)

// migrated is a database that nothing has been stored in, at the schema of this release.
var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "podium-storetest")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "podium.db")
	s, err := store.Open(context.Background(), store.Config{Path: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// SQLite returns the path of the database in a folder. If there is none it makes one, faster than [store.Open] would: the
// migrations are applied once for all tests.
func SQLite(t testing.TB, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "podium.db")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	file, err := migrated()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
