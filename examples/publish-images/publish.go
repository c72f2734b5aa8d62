// Package publish is the worker of the publish-images example: it inspects, scales and encodes images of shows, deploys
// them to a delivery network and checks that the network serves them.
//
// The library of originals and the delivery network are folders, so that the example runs anywhere; the images are real.
// The order of the steps, the formats of each country and the retries are not here but in the workflow definitions
// (workflows/*.json), which [example.Example.Register] puts on a cluster.
package publish

import (
	"embed"

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
			"inspect_image": example.Step(p.inspect),
			"encode_image":  example.Step(p.encode),
			"deploy_image":  example.Step(p.deploy),
			"verify_image":  example.Step(p.verify),
			"notify_team":   example.Step(p.notify),
		},
	}
}
