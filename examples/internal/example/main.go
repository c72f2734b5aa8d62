package example

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
)

// Main is the command of an example's worker: it registers the definitions on a cluster and works on their tasks until it
// is interrupted; with -start it starts one workflow with an input file first.
//
// The cluster's address and access key are read where every Conductor SDK does: CONDUCTOR_SERVER_URL (ends in /api; an edge
// on this machine unless set), CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET.
func Main(e Example) {
	start := flag.String("start", "", "input file (JSON) of a workflow to start")
	parallel := flag.Int("parallel", 4, "tasks of each type at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := e.run(ctx, *start, *parallel); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func (e Example) run(ctx context.Context, input string, parallel int) error {
	api := Connect()
	if err := e.Register(ctx, api); err != nil {
		return err
	}
	if e.Ready != nil {
		if err := e.Ready(); err != nil {
			return err
		}
	}
	stop, err := e.Work(api, parallel)
	if err != nil {
		return err
	}
	defer stop()
	if input != "" {
		id, err := e.Start(ctx, api, input)
		if err != nil {
			return err
		}
		slog.Info("Started a workflow", "workflow_id", id)
	}
	slog.Info("Working; interrupt to stop")
	<-ctx.Done()
	return nil
}

// Connect makes a client of the cluster that the environment names.
func Connect() *client.APIClient {
	return client.NewAPIClient(
		settings.NewAuthenticationSettings(os.Getenv("CONDUCTOR_AUTH_KEY"), os.Getenv("CONDUCTOR_AUTH_SECRET")),
		settings.NewHttpSettings(cmp.Or(os.Getenv("CONDUCTOR_SERVER_URL"), "http://127.0.0.1:8080/api")))
}

// Start starts the workflow with the input in a JSON file, and returns the execution's id.
func (e Example) Start(ctx context.Context, api *client.APIClient, file string) (id string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var input map[string]any
	if err := json.Unmarshal(b, &input); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	id, _, err = client.NewWorkflowClient(api).StartWorkflowWithRequest(ctx, model.StartWorkflowRequest{Name: e.Workflow, Version: 1, Input: input})
	if err != nil {
		return "", fmt.Errorf("start workflow: %w", err)
	}
	return id, nil
}
