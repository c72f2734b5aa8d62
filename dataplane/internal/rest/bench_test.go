package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/rest"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// instant is an engine that answers at once, so that what is left to measure is this package. It stands in for the real
// one.
type instant struct {
	rest.Engine
	tasks []*workflow.Task
}

func (e instant) Start(context.Context, *workflow.StartRequest) (string, error) {
	return "01a20033-2313-7b16-98d3-0c72240b6103", nil
}

func (e instant) Poll(context.Context, engine.PollRequest) ([]*workflow.Task, error) {
	return e.tasks, nil
}

func (e instant) Update(context.Context, *workflow.TaskResult) (*workflow.Task, error) {
	return e.tasks[0], nil
}

// BenchmarkHandler measures the calls that workers make, from the parsed request to the written answer.
func BenchmarkHandler(b *testing.B) {
	def := &workflow.DefTask{}
	if err := def.UnmarshalJSON([]byte(`{"name":"work","taskReferenceName":"work","inputParameters":{"payload":"${workflow.input.payload}"}}`)); err != nil {
		b.Fatal(err)
	}
	payload := workflow.Payload(`{"payload":"` + strings.Repeat("x", 256) + `"}`)
	task := &workflow.Task{
		TaskType: "work", Status: workflow.TaskInProgress, InputData: payload, ReferenceTaskName: "work", TaskDefName: "work",
		ScheduledTime: time.Now().UnixMilli(), StartTime: time.Now().UnixMilli(), WorkflowInstanceID: "01a20033-2313-7b16-98d3-0c72240b6103",
		TaskID: "01a20033-2313-7dbf-a1b7-5715adeff33c", WorkflowType: "simple", WorkflowTask: def, PollCount: 1, ResponseTimeoutSeconds: 3600,
	}
	gate, err := access.New(access.Config{Mode: access.None})
	if err != nil {
		b.Fatal(err)
	}
	h, err := rest.New(rest.Config{
		Engine: instant{tasks: []*workflow.Task{task}}, Gate: gate, Console: fstest.MapFS{}, Info: func() rest.Info { return rest.Info{} },
	})
	if err != nil {
		b.Fatal(err)
	}
	result := `{"workflowInstanceId":"01a20033-2313-7b16-98d3-0c72240b6103","taskId":"01a20033-2313-7dbf-a1b7-5715adeff33c","workerId":"w1","status":"COMPLETED","outputData":` + payload.String() + `}`
	for _, call := range []struct{ name, method, path, body string }{
		{"poll", "GET", "/api/tasks/poll/batch/work?workerid=w1&count=20&timeout=1000", ""},
		{"update", "POST", "/api/tasks", result},
		{"start", "POST", "/api/workflow", `{"name":"simple","version":1,"input":` + payload.String() + `}`},
	} {
		b.Run(call.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req := httptest.NewRequest(call.method, call.path, strings.NewReader(call.body))
				w := httptest.NewRecorder()
				h.ServeHTTP(w, req)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
