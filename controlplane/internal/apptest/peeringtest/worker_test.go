package peeringtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
	"github.com/conductor-sdk/conductor-go/sdk/worker"
	"github.com/conductor-sdk/conductor-go/sdk/workflow"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/podium-cloud/podium/dataplane/proto/workflows"
)

// workerEnv makes this program a tenant's worker; it holds a job.
const workerEnv = "PODIUM_TEST_WORKER"

// job is what a worker is told.
type job struct{ Endpoint, Key, Secret string }

// done is what a worker has seen.
type done struct {
	Node   string // address that its calls went to
	Status string // of the workflow that it ran
	Total  any
	GRPC   string // its status as a client on gRPC sees it
}

// workerPatience bounds the work on a busy machine, tries included.
const workerPatience = 2 * time.Minute

// work runs one workflow from its definition to its end, on the official SDK, and prints what it has seen.
func work(text string) int {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), workerPatience)
	defer cancel()
	d, err := j.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(d); err != nil {
		return 1
	}
	return 0
}

func (j job) run(ctx context.Context) (done, error) {
	var d done
	api := client.NewAPIClient(settings.NewAuthenticationSettings(j.Key, j.Secret), settings.NewHttpSettings(j.Endpoint))
	executions := executor.NewWorkflowExecutor(api)
	if err := again(ctx, func() (err error) {
		d.Node, err = nodeAt(ctx, j.Endpoint)
		return err
	}); err != nil {
		return d, err
	}
	if err := again(ctx, func() error {
		_, err := client.NewMetadataClient(api).RegisterTaskDef(ctx, []model.TaskDef{{
			Name: "double", OwnerEmail: "worker@example.com", RetryCount: 3, TimeoutSeconds: 60, ResponseTimeoutSeconds: 10,
		}})
		return err
	}); err != nil {
		return d, err
	}
	order := workflow.NewConductorWorkflow(executions).Name("order").Version(1).OwnerEmail("worker@example.com").
		Add(workflow.NewSimpleTask("double", "double").Input("amount", "${workflow.input.amount}")).
		OutputParameters(map[string]any{"total": "${double.output.total}"})
	if err := again(ctx, func() error { return order.Register(true) }); err != nil {
		return d, err
	}
	runner := worker.NewTaskRunnerWithApiClient(api)
	if err := runner.StartWorker("double", double, 1, 10*time.Millisecond); err != nil {
		return d, err
	}
	var id string
	if err := again(ctx, func() (err error) {
		id, err = executions.StartWorkflow(model.NewStartWorkflowRequest("order", 1, "", map[string]any{"amount": 21}))
		return err
	}); err != nil {
		return d, err
	}
	err := again(ctx, func() error {
		e, err := executions.GetWorkflow(id, false)
		if err != nil {
			return err
		}
		if d.Status, d.Total = string(e.Status), e.Output["total"]; e.Status != model.CompletedWorkflow {
			return fmt.Errorf("workflow %s is %s", id, e.Status)
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	d.GRPC, err = j.statusByGRPC(ctx, id)
	return d, err
}

// statusByGRPC asks for a workflow by gRPC, at the same name.
func (j job) statusByGRPC(ctx context.Context, id string) (string, error) {
	at, err := url.Parse(j.Endpoint)
	if err != nil {
		return "", err
	}
	credentials, err := json.Marshal(map[string]string{"keyId": j.Key, "keySecret": j.Secret})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, j.Endpoint+"/token", bytes.NewReader(credentials))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var token struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&token); err != nil {
		return "", err
	}
	conn, err := grpc.NewClient(fmt.Sprintf("passthrough:///%s:%d", at.Hostname(), grpcPort), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-authorization", token.Token)
	w, err := workflows.NewWorkflowServiceClient(conn).GetWorkflowStatus(ctx, &workflows.GetWorkflowStatusRequest{WorkflowId: id}, grpc.WaitForReady(true))
	if err != nil {
		return "", fmt.Errorf("by gRPC: %w", err)
	}
	return w.GetStatus().String(), nil
}

func double(t *model.Task) (any, error) {
	amount, _ := t.InputData["amount"].(float64)
	return map[string]any{"total": 2 * amount}, nil
}

// again tries until it works or ctx ends.
func again(ctx context.Context, try func() error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// nodeAt returns the address to which calls of the endpoint go.
func nodeAt(ctx context.Context, endpoint string) (node string, err error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { node = got.Conn.RemoteAddr().String() },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/health", nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	return node, res.Body.Close()
}

// workIn runs a worker in a network.
func workIn(t *testing.T, network string, j job) done {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "ip", "netns", "exec", network, program)
	cmd.Env = append(os.Environ(), workerEnv+"="+string(text))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	var d done
	if err == nil {
		err = json.Unmarshal(out, &d)
	}
	if err != nil {
		t.Fatalf("a worker in %s at %s: %v: %s", network, j.Endpoint, err, out)
	}
	return d
}
