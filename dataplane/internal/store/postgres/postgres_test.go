package postgres

import (
	"log/slog"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

func open(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: url, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { t.Helper(); return open(t, pgtest.New(t, migrations.DataPlane())) })
}

func TestShared(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) (one, other store.Store) {
		t.Helper()
		url := pgtest.New(t, migrations.DataPlane())
		return open(t, url), open(t, url)
	})
}
