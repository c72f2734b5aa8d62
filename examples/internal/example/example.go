// Package example is what the examples have in common: their definitions are put on a cluster, their steps work on tasks
// with the official Go SDK, and a command does both until it is interrupted.
package example

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/worker"
)

// Example is what runs on a cluster.
type Example struct {
	Definitions fs.FS                                // workflows/tasks.json, a workflow in each other file beside it, event handlers in events/*.json; nil: they are registered by other means
	Workflow    string                               // the one that a start begins with
	Steps       map[string]model.ExecuteTaskFunction // by task type
	Ready       func() error                         // called by the command when the definitions are there; may be nil
}

// Register puts the definitions of the tasks, then those of the workflows on a cluster. Repeating it replaces them.
func (e Example) Register(ctx context.Context, api *client.APIClient) error {
	if e.Definitions == nil {
		return nil
	}
	metadata := client.NewMetadataClient(api)
	files, err := fs.Glob(e.Definitions, "workflows/*.json")
	if err != nil {
		return err
	}
	var workflows []model.WorkflowDef
	for _, file := range files {
		if path.Base(file) == "tasks.json" {
			var tasks []model.TaskDef
			if err := decode(e.Definitions, file, &tasks); err != nil {
				return err
			}
			if _, err := metadata.RegisterTaskDef(ctx, tasks); err != nil {
				return fmt.Errorf("register task definitions: %w", err)
			}
			continue
		}
		var def model.WorkflowDef
		if err := decode(e.Definitions, file, &def); err != nil {
			return err
		}
		workflows = append(workflows, def)
	}
	for _, def := range workflows {
		if _, err := metadata.RegisterWorkflowDef(ctx, true, def); err != nil {
			return fmt.Errorf("register workflow %s: %w", def.Name, err)
		}
	}
	return e.registerHandlers(ctx, client.NewEventHandlerClient(api))
}

func (e Example) registerHandlers(ctx context.Context, api client.EventHandlerClient) error {
	files, err := fs.Glob(e.Definitions, "events/*.json")
	if err != nil || len(files) == 0 {
		return err
	}
	known, _, err := api.GetEventHandlers(ctx)
	if err != nil {
		return fmt.Errorf("list event handlers: %w", err)
	}
	for _, file := range files {
		var handler model.EventHandler
		if err := decode(e.Definitions, file, &handler); err != nil {
			return err
		}
		put := api.AddEventHandler
		if slices.ContainsFunc(known, func(k model.EventHandler) bool { return k.Name == handler.Name }) {
			put = api.UpdateEventHandler
		}
		if _, err := put(ctx, handler); err != nil {
			return fmt.Errorf("register event handler %s: %w", handler.Name, err)
		}
	}
	return nil
}

func decode(files fs.FS, file string, v any) error {
	b, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decode %s: %w", file, err)
	}
	return nil
}

// Work begins to work on the example's tasks with parallel executions of each, and returns a function that stops it: it
// polls no more and returns when the running tasks have been reported.
func (e Example) Work(api *client.APIClient, parallel int) (stop func(), err error) {
	runner := worker.NewTaskRunnerWithApiClient(api)
	if err := runner.SetPollTimeout(500 * time.Millisecond); err != nil {
		return nil, fmt.Errorf("set poll timeout: %w", err)
	}
	stop = func() {
		for name := range e.Steps {
			runner.Shutdown(name)
		}
		runner.WaitWorkers()
	}
	for name, execute := range e.Steps {
		if err := runner.StartWorker(name, execute, parallel, 10*time.Millisecond); err != nil {
			stop()
			return nil, fmt.Errorf("start worker of %s: %w", name, err)
		}
	}
	return stop, nil
}

// Step adapts a function on typed input and output to the SDK. Input that does not decode fails for good, since a retry
// would bring the same input again.
func Step[In, Out any](f func(*model.Task, In) (Out, error)) model.ExecuteTaskFunction {
	return func(t *model.Task) (any, error) {
		b, err := json.Marshal(t.InputData)
		if err != nil {
			return nil, Permanent("encode input: %w", err)
		}
		var in In
		if err := json.Unmarshal(b, &in); err != nil {
			return nil, Permanent("input of %s: %w", t.TaskDefName, err)
		}
		out, err := f(t, in)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// Permanent makes an error that no retry mends: the task fails with FAILED_WITH_TERMINAL_ERROR.
func Permanent(format string, args ...any) error {
	return model.NewNonRetryableError(fmt.Errorf(format, args...))
}
