// Command worker runs the provision-customer example: it serves the services at http://127.0.0.1:8090, where the input's
// default expects them. See -help and the README beside it.
package main

import (
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	"github.com/podium-cloud/podium/examples/internal/example"
	provision "github.com/podium-cloud/podium/examples/provision-customer"
)

// issuing is how long the certificate authority takes.
const issuing = 5 * time.Second

func main() {
	workflows := executor.NewWorkflowExecutor(example.Connect())
	services := provision.NewServices(func(execution, ref string, output map[string]any) {
		time.Sleep(issuing)
		if err := workflows.UpdateTaskByRefName(ref, execution, model.CompletedTask, output); err != nil {
			slog.Error("Nobody was told of the certificate", "workflow_id", execution, "error", err)
		}
	})
	server := &http.Server{Addr: "127.0.0.1:8090", Handler: services, ReadHeaderTimeout: 5 * time.Second}
	go func() { log.Fatal(server.ListenAndServe()) }()
	example.Main(provision.Example())
}
