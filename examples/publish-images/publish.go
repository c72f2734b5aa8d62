// Package publish is the worker of the publish-images example: it inspects, scales and encodes images of shows, deploys
// them to a delivery network and checks that the network serves them.
//
// The library of originals and the delivery network are folders, so that the example runs anywhere; the images are real.
// The order of the steps, the formats of each country and the retries are not here but in the workflow definitions
// (workflows/*.json), which [example.Example.Register] puts on a cluster.
package publish

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

// Workflow is the name of the workflow that publishes an image; its input is show, country and image, the name of a
// file in the library.
const Workflow = "publish_images"

//go:embed workflows/*.json
var workflows embed.FS

// Example is the example with this worker's steps.
func (p *Publisher) Example() example.Example {
	return example.Example{
		Definitions: workflows,
		Workflow:    Workflow,
		Steps: map[string]model.ExecuteTaskFunction{
			"inspect_image": step(p.inspect),
			"encode_image":  step(p.encode),
			"deploy_image":  step(p.deploy),
			"verify_image":  step(p.verify),
			"notify_team":   step(p.notify),
		},
	}
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
