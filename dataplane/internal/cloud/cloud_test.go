package cloud

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/podium-cloud/podium/dataplane/internal/app"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	directory "github.com/podium-cloud/podium/dataplane/internal/node/postgres"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

func TestOpenStore_AloneOnlyWhenNoNodeLives(t *testing.T) {
	url := pgtest.New(t, migrations.DataPlane())
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	open := func(alone bool) error {
		t.Helper()
		s, err := OpenStore(t.Context(), url, alone, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			return err
		}
		return s.Close()
	}
	if err := open(true); err != nil {
		t.Errorf("nobody is there: %v", err)
	}
	nodes := directory.New(pool)
	if _, _, err := nodes.Beat(t.Context(), node.Node{ID: "a", Address: "127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	if err := open(true); err == nil || !strings.Contains(err.Error(), "1 nodes run") {
		t.Errorf("a node lives: %v", err)
	}
	if err := open(false); err != nil {
		t.Errorf("to read: %v", err)
	}
	if err := nodes.Leave(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := open(true); err != nil {
		t.Errorf("it has left: %v", err)
	}
}

func TestExport_BetweenDatabases(t *testing.T) {
	file := filepath.Join(t.TempDir(), "all.podium")
	from, to := pgtest.New(t, migrations.DataPlane()), pgtest.New(t, migrations.DataPlane())
	open := func(url string) store.Store {
		t.Helper()
		s, err := OpenStore(t.Context(), url, false, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	if err := open(from).PutDocs(t.Context(), store.Doc{Kind: "kind", Key: "a", Value: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	for _, run := range [][2]string{{"export", from}, {"import", to}} {
		command, url := run[0], run[1]
		var out, log bytes.Buffer
		code := app.Run(t.Context(), app.Process{
			Name: "dataplane", Share: Open, Store: OpenStore, Env: func(string) string { return "" }, Stdout: &out, Stderr: &log,
			Args: []string{command, "--postgres", url, file},
		})
		if code != 0 || !strings.Contains(out.String(), command+"ed 0 executions with 0 tasks, 0 definitions, 1 documents") {
			t.Fatalf("%s: exit code %d, %s%s", command, code, &out, &log)
		}
	}
	if docs, err := open(to).Docs(t.Context(), "kind"); err != nil || len(docs) != 1 || string(docs[0].Value) != "1" {
		t.Errorf("got %+v, %v", docs, err)
	}
}
