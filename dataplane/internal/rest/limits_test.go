package rest_test

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestLimit_OfATaskDefinition(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.post("/api/metadata/taskdefs", `[{"name":"work","ownerEmail":"a@example.test","concurrentExecLimit":2}]`))
	s.register("w", "["+simple+"]")
	for range 4 {
		s.start("w", `{}`)
	}
	batch := func(query string) []workflow.Task {
		return decode[[]workflow.Task](t, s.ok(s.get("/api/tasks/poll/batch/work?"+query)))
	}
	first := batch("count=10")
	if len(first) != 2 {
		t.Fatalf("%d tasks were handed out", len(first))
	}
	s.nothing(s.get("/api/tasks/poll/work"))
	got := make(chan []workflow.Task)
	began := time.Now()
	go func() { got <- batch("count=10&timeout=5000") }()
	s.finish(first[0])
	third := <-got
	if took := time.Since(began); len(third) != 1 || took > 4*time.Second {
		t.Errorf("as a task ended %d were handed out, after %s", len(third), took)
	}
	s.void(s.put("/api/metadata/taskdefs", `{"name":"work","ownerEmail":"a@example.test","concurrentExecLimit":0}`))
	if last := batch("count=10&timeout=5000"); len(last) != 1 {
		t.Errorf("without a limit %d tasks were handed out", len(last))
	}
}
