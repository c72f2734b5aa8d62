package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Fill puts something of every kind into a store: executions with random histories, in all states, with logs and odd texts,
// definitions and documents.
func Fill(t testing.TB, s store.Store) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(11, 7)) //nolint:gosec // content that can be repeated
	models := map[string]*model{}
	for range 40 {
		var changes []*store.Change
		for range 30 {
			c := apply(r, models, fmt.Sprintf("h-%d", r.IntN(300)))
			if text := odd[r.IntN(len(odd))]; c.Summary != nil && strings.ToValidUTF8(text, "") == text {
				c.Summary.CorrelationID, c.Summary.Input = text, text
			}
			changes = append(changes, c)
		}
		wait, err := s.Commit(t.Context(), nil, changes)
		if err == nil {
			err = wait()
		}
		must(err)
	}
	for i := range 20 {
		must(s.AddLogs(t.Context(), fmt.Sprintf("h-%d-1", i), []workflow.TaskLog{{Log: "one", CreatedTime: 2}, {Log: "two", CreatedTime: 2}, {Log: "zero", CreatedTime: 1}}))
	}
	must(s.PutDefs(t.Context(), &workflow.Def{Name: "a", Version: 1}, &workflow.Def{Name: "b", Version: 3, Description: odd[0]}))
	must(s.PutTaskDefs(t.Context(), workflow.DefaultTaskDef("x")))
	must(s.PutSchemas(t.Context(), &workflow.SchemaDef{Name: "s", Version: 2}))
	must(s.PutDocs(t.Context(), store.Doc{Kind: "b", Key: "1", Value: []byte{0, 255}}, store.Doc{Kind: "a", Key: "", Value: []byte("v")}, store.Doc{Kind: "b", Key: "2", Value: []byte("w")}))
}
