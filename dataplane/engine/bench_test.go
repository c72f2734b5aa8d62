package engine_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// BenchmarkSequence runs workflows of three worker tasks, fifty at a time, durably, without HTTP: what the engine itself costs.
func BenchmarkSequence(b *testing.B) {
	e, err := engine.Open(b.Context(), engine.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	def := &workflow.Def{}
	err = def.UnmarshalJSON([]byte(`{"name":"wf","timeoutSeconds":3600,"timeoutPolicy":"TIME_OUT_WF","tasks":[
		{"name":"t0","taskReferenceName":"t0","inputParameters":{"payload":"${workflow.input.payload}","i":0}},
		{"name":"t1","taskReferenceName":"t1","inputParameters":{"payload":"${workflow.input.payload}","i":1}},
		{"name":"t2","taskReferenceName":"t2","inputParameters":{"payload":"${workflow.input.payload}","i":2}}]}`))
	if err != nil {
		b.Fatal(err)
	}
	if err := e.PutWorkflowDef(b.Context(), def, true); err != nil {
		b.Fatal(err)
	}
	input, err := workflow.NewPayload(map[string]any{"payload": string(make([]byte, 40))})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var workers sync.WaitGroup
	var open sync.Map // execution -> chan closed at its end
	for _, taskType := range []string{"t0", "t1", "t2"} {
		for range 8 {
			workers.Go(func() {
				for ctx.Err() == nil {
					tasks, err := e.Poll(ctx, engine.PollRequest{TaskType: taskType, Count: 20, Wait: time.Second})
					if err != nil {
						return
					}
					for _, t := range tasks {
						_, err := e.Update(ctx, &workflow.TaskResult{TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, Status: workflow.TaskCompleted, OutputData: workflow.Payload(`{"ok":true}`)})
						if err != nil && ctx.Err() == nil {
							b.Error(err)
						}
						if taskType == "t2" {
							done, _ := open.LoadOrStore(t.WorkflowInstanceID, make(chan struct{}))
							close(done.(chan struct{})) //nolint:forcetypeassert // the map holds nothing else
						}
					}
				}
			})
		}
	}
	var next atomic.Int64
	var clients sync.WaitGroup
	b.ResetTimer()
	for range 50 {
		clients.Go(func() {
			for next.Add(1) <= int64(b.N) {
				id, err := e.Start(ctx, &workflow.StartRequest{Name: "wf", Input: input})
				if err != nil {
					b.Error(err)
					return
				}
				done, _ := open.LoadOrStore(id, make(chan struct{}))
				<-done.(chan struct{}) //nolint:forcetypeassert // the map holds nothing else
			}
		})
	}
	clients.Wait()
	b.StopTimer()
	stop()
	workers.Wait()
}
