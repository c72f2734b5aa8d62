// Package publish is the worker of the publish-images example: it inspects, scales and encodes images of shows, deploys
// them to a delivery network and checks that the network serves them.
//
// The library of originals and the delivery network are folders, so that the example runs anywhere; the images are real.
// The order of the steps, the formats of each country and the retries are not here but in the workflow definitions
// (workflows/*.json), which [Register] puts on a cluster.
package publish

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/worker"
)

// Workflow is the name of the workflow that publishes an image; its input is show, country and image, the name of a
// file in the library.
const Workflow = "publish_images"

//go:embed workflows/*.json
var workflows embed.FS

// Register puts the example's task and workflow definitions on a cluster. Repeating it replaces them.
func Register(ctx context.Context, api *client.APIClient) error {
	metadata := client.NewMetadataClient(api)
	var tasks []model.TaskDef
	if err := decode("workflows/tasks.json", &tasks); err != nil {
		return err
	}
	if _, err := metadata.RegisterTaskDef(ctx, tasks); err != nil {
		return fmt.Errorf("register task definitions: %w", err)
	}
	for _, file := range []string{"workflows/publish_format.json", "workflows/publish_images.json"} {
		var def model.WorkflowDef
		if err := decode(file, &def); err != nil {
			return err
		}
		if _, err := metadata.RegisterWorkflowDef(ctx, true, def); err != nil {
			return fmt.Errorf("register workflow %s: %w", def.Name, err)
		}
	}
	return nil
}

func decode(file string, v any) error {
	b, err := workflows.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decode %s: %w", file, err)
	}
	return nil
}

// Start begins to work on the example's tasks with parallel executions of each, and returns a function that stops it:
// it polls no more and returns when the running tasks have been reported.
func (p *Publisher) Start(api *client.APIClient, parallel int) (stop func(), err error) {
	runner := worker.NewTaskRunnerWithApiClient(api)
	if err := runner.SetPollTimeout(500 * time.Millisecond); err != nil {
		return nil, fmt.Errorf("set poll timeout: %w", err)
	}
	steps := map[string]model.ExecuteTaskFunction{
		"inspect_image": step(p.inspect),
		"encode_image":  step(p.encode),
		"deploy_image":  step(p.deploy),
		"verify_image":  step(p.verify),
		"notify_team":   step(p.notify),
	}
	stop = func() {
		for name := range steps {
			runner.Shutdown(name)
		}
		runner.WaitWorkers()
	}
	for name, execute := range steps {
		if err := runner.StartWorker(name, execute, parallel, 10*time.Millisecond); err != nil {
			stop()
			return nil, fmt.Errorf("start worker of %s: %w", name, err)
		}
	}
	return stop, nil
}

// step adapts a function on typed input and output to the SDK. Input that does not decode fails for good, since a retry
// would bring the same input again.
func step[In, Out any](f func(*model.Task, In) (Out, error)) model.ExecuteTaskFunction {
	return func(t *model.Task) (any, error) {
		b, err := json.Marshal(t.InputData)
		if err != nil {
			return nil, permanent("encode input: %w", err)
		}
		var in In
		if err := json.Unmarshal(b, &in); err != nil {
			return nil, permanent("input of %s: %w", t.TaskDefName, err)
		}
		out, err := f(t, in)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// permanent makes an error that no retry mends: the task fails with FAILED_WITH_TERMINAL_ERROR.
func permanent(format string, args ...any) error {
	return model.NewNonRetryableError(fmt.Errorf(format, args...))
}
