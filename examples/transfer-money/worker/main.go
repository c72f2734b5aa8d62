// Command worker runs the Go part of the transfer-money example, and starts a transfer in each region. See the README beside
// it for the other parts.
package main

import (
	"log/slog"

	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	"github.com/podium-cloud/podium/examples/internal/example"
	transfer "github.com/podium-cloud/podium/examples/transfer-money"
)

func main() {
	transfers := transfer.Example()
	transfers.Ready = func() error {
		workflows := executor.NewWorkflowExecutor(example.Connect())
		for _, region := range []string{"east", "west"} {
			id, err := workflows.StartWorkflow(transfer.Start(region, map[string]any{"from": "ada", "to": "grace", "cents": 120_000}))
			if err != nil {
				return err
			}
			slog.Info("Started a transfer", "region", region, "workflow_id", id)
		}
		return nil
	}
	example.Main(transfers)
}
