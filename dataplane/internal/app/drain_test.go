package app

import (
	"context"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// working is an API with one task for each poll that asks for it; "none" has no tasks.
type working struct {
	api
	polled chan struct{}
}

func (w working) Poll(ctx context.Context, req engine.PollRequest) ([]*workflow.Task, error) {
	if req.TaskType != "none" {
		return []*workflow.Task{{}}, nil
	}
	w.polled <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (working) Start(context.Context, *workflow.StartRequest) (string, error) { return "id", nil }

func TestDrain(t *testing.T) {
	var d drain
	w := working{polled: make(chan struct{})}
	node := drainable{w, &d}
	ctx := t.Context()
	poll := func(wait time.Duration) int {
		t.Helper()
		tasks, err := node.Poll(ctx, engine.PollRequest{TaskType: "x", Wait: wait})
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	}
	for range 2 {
		if poll(0) != 1 || poll(time.Minute) != 1 {
			t.Error("it hands out no task")
		}
		if _, err := node.Start(ctx, nil); err != nil {
			t.Error(err)
		}
		waited := make(chan error, 1)
		go func() {
			tasks, err := node.Poll(ctx, engine.PollRequest{TaskType: "none", Wait: 1100 * time.Millisecond})
			if len(tasks) != 0 {
				t.Error("a call that waited got a task")
			}
			waited <- err
		}()
		<-w.polled
		d.set(true)
		if err := <-waited; err != nil {
			t.Errorf("a call that waited was answered with %v", err)
		}
		if poll(0) != 0 || poll(time.Millisecond) != 0 {
			t.Error("it hands out a task although it is drained")
		}
		if _, err := node.Start(ctx, nil); workflow.KindOf(err) != workflow.Busy {
			t.Errorf("a start is answered with %v", err)
		}
		d.set(false)
	}
}
