package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/store/postgres"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

func openEmbedded(t *testing.T) store.Store {
	t.Helper()
	s, err := embedded.Open("", func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, s)
}

func openPostgres(t *testing.T) store.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.New(t, migrations.DataPlane()), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, s)
}

func closing(t *testing.T, s store.Store) store.Store {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// content writes down everything in a store but for revisions, which an import begins anew.
func content(t *testing.T, s store.Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	note := func(err error, key string, v any) {
		if err != nil {
			t.Fatal(err)
		}
		out[key] = fmt.Sprintf("%+v", v)
	}
	err := s.Snapshot(t.Context(), func(v store.View) error {
		return v.Each(t.Context(), func(c *store.Change, logs map[string][]workflow.TaskLog) error {
			c.Header.Rev = 0
			b, err := json.Marshal(c)
			note(err, c.ID, fmt.Sprintf("%s %+v", b, logs))
			for _, row := range c.Tasks {
				execution, seq, err := s.FindTask(t.Context(), row.ID)
				note(err, "task "+row.ID, fmt.Sprint(execution, seq))
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	defs, err := s.Defs(t.Context())
	for _, d := range defs {
		note(err, "def "+d.Name, *d)
	}
	tasks, err := s.TaskDefs(t.Context())
	for _, d := range tasks {
		note(err, "task def "+d.Name, *d)
	}
	schemas, err := s.Schemas(t.Context())
	for _, d := range schemas {
		note(err, "schema "+d.Name, *d)
	}
	kinds, err := s.DocKinds(t.Context())
	note(err, "kinds", kinds)
	for _, kind := range kinds {
		docs, err := s.Docs(t.Context(), kind)
		note(err, "docs "+kind, docs)
	}
	counts, err := s.Counts(t.Context())
	note(err, "counts", counts)
	q, err := search.Parse("", "", "workflowId", search.WorkflowFields)
	if err != nil {
		t.Fatal(err)
	}
	found, total, err := s.Search(t.Context(), q, 0, 100_000)
	note(err, "found", total)
	for _, sum := range found {
		note(nil, "found "+sum.WorkflowID, *sum)
	}
	return out
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	keys := maps.Clone(got)
	maps.Copy(keys, want)
	wrong := 0
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if got[k] != want[k] {
			if wrong++; wrong < 5 {
				t.Errorf("%s is\n%s\nwant\n%s", k, got[k], want[k])
			}
		}
	}
}

func export(t *testing.T, s store.Store) ([]byte, Counts) {
	t.Helper()
	var file bytes.Buffer
	var n Counts
	err := s.Snapshot(t.Context(), func(v store.View) (err error) {
		n, err = Export(t.Context(), v, nil, Manifest{ClusterID: "clu_1"}, &file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), n
}

func TestRoundTrip(t *testing.T) {
	first := openEmbedded(t)
	storetest.Fill(t, first)
	want := content(t, first)
	file, n := export(t, first)
	if n.Executions < 100 || n.Tasks < 100 || n.Definitions < 3 || n.Documents < 2 {
		t.Fatalf("the export is poor: %+v", n)
	}
	second, third := openPostgres(t), openEmbedded(t)
	for range 2 { // the second time all is there
		if _, got, err := Import(t.Context(), Target{Store: second}, bytes.NewReader(file)); err != nil || got.Executions != n.Executions || got.Tasks != n.Tasks {
			t.Fatalf("imported %+v of %+v, %v", got, n, err)
		}
		same(t, content(t, second), want)
	}
	back, _ := export(t, second)
	if _, _, err := Import(t.Context(), Target{Store: third}, bytes.NewReader(back)); err != nil {
		t.Fatal(err)
	}
	same(t, content(t, third), want)
}

func TestImport_NoticesDamage(t *testing.T) {
	s := openEmbedded(t)
	storetest.Fill(t, s)
	file, _ := export(t, s)
	for name, damaged := range map[string][]byte{
		"cut off": file[:len(file)-20], "cut in half": file[:len(file)/2], "nothing behind the heading": file[:len(heading)], "another byte": flipped(file, len(file)/2),
		"another byte at the end": flipped(file, len(file)-6), "more": slices.Concat(file, file[len(heading):]),
	} {
		if _, _, err := Import(t.Context(), Target{Store: openEmbedded(t)}, bytes.NewReader(damaged)); !errors.Is(err, errDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "something else", "podium data plane 1\n...."} {
		if _, _, err := Import(t.Context(), Target{Store: openEmbedded(t)}, bytes.NewReader([]byte(text))); err == nil || errors.Is(err, errDamaged) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func flipped(file []byte, at int) []byte {
	out := bytes.Clone(file)
	out[at] ^= 0x10
	return out
}

// TestRecords_ChecksumCoversAll changes every byte of the records behind the compression, whose own checksum does not help.
func TestRecords_ChecksumCoversAll(t *testing.T) {
	var file bytes.Buffer
	w := newWriter(&file)
	if err := errors.Join(w.write(document, []byte("kind"), nil, []byte("value")), w.write(taskDef, []byte("{}")), w.finish(Counts{Documents: 1})); err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) error {
		r := newReader(bytes.NewReader(b))
		for {
			if kind, _, err := r.next(); err != nil || kind == end {
				return err
			}
		}
	}
	if err := read(file.Bytes()); err != nil {
		t.Fatal(err)
	}
	counts := bytes.Index(file.Bytes(), []byte(`{"Executions"`))
	for at := range file.Len() {
		if at >= counts && at < file.Len()-33 {
			continue // the counts are compared with what was read
		}
		if err := read(flipped(file.Bytes(), at)); !errors.Is(err, errDamaged) {
			t.Errorf("byte %d was changed: %v", at, err)
		}
	}
}
