// Command client runs the product-page example: it serves the services at http://127.0.0.1:8091, puts the definitions on
// the cluster that the environment names, and asks for a page some times: of a lamp, whose reviews and stock are slow every
// second time.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	"github.com/podium-cloud/podium/examples/internal/example"
	page "github.com/podium-cloud/podium/examples/product-page"
)

// calls is how often the client asks.
const calls = 10

func main() {
	var slow atomic.Bool
	server := &http.Server{Addr: "127.0.0.1:8091", Handler: page.Services(func(string) bool { return slow.Load() }), ReadHeaderTimeout: 5 * time.Second}
	go func() { log.Fatal(server.ListenAndServe()) }()
	api, shop := example.Connect(), page.Example()
	if err := shop.Register(context.Background(), api); err != nil {
		log.Fatal(err)
	}
	workflows := executor.NewWorkflowExecutor(api)
	for i := range calls {
		slow.Store(i%2 == 1)
		begun := time.Now()
		run, err := workflows.ExecuteWorkflow(model.NewStartWorkflowRequest(shop.Workflow, 1, "", map[string]any{"product": "lamp"}), "")
		if err != nil {
			log.Fatal(err)
		}
		took := time.Since(begun)
		answer, err := json.Marshal(run.Output["page"])
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-9s after %5.1f ms: %s\n", run.Status, float64(took.Microseconds())/1000, answer)
	}
}
