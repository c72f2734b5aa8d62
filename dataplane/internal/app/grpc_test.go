package app_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/proto/tasks"
	"github.com/podium-cloud/podium/dataplane/proto/workflows"
)

func dial(t *testing.T, p *process) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(p.stderr.await(t, `msg="serving gRPC" address=(\S+)`), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestGRPC_IsTheSameEngine(t *testing.T) {
	p := start(t, "--data", t.TempDir(), "--grpc-listen", "0")
	conn := dial(t, p)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	started, err := workflows.NewWorkflowServiceClient(conn).StartWorkflow(t.Context(), &model.StartWorkflowRequest{Name: "w"})
	if err != nil {
		t.Fatal(err)
	}
	if got := finish(p)["workflowInstanceId"]; got != started.GetWorkflowId() {
		t.Errorf("HTTP hands out a task of %v, gRPC started %s", got, started.GetWorkflowId())
	}
	if !names(p.want(200, "GET", "/metrics", ""))["podium_grpc_calls_seconds_count"] {
		t.Error("the call is not counted")
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.stderr)
	}
}

func TestGRPC_WantsATokenWhereHTTPDoes(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := run(t, nil, "key", "create", "--data", dir, "--name", "a"); code != 0 {
		t.Fatal(stderr)
	}
	p := start(t, "--data", dir, "--grpc-listen", "0")
	conn := dial(t, p)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-authorization", "nonsense")
	if _, err := tasks.NewTaskServiceClient(conn).Poll(ctx, &tasks.PollRequest{TaskType: "work"}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("got %v", err)
	}
	if _, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
}

func TestGRPC_IsOffByDefault(t *testing.T) {
	p := start(t, "--data", t.TempDir())
	if names(p.want(200, "GET", "/metrics", ""))["podium_grpc_calls_seconds_count"] {
		t.Error("calls are counted")
	}
	if code, _, stderr := run(t, nil, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--grpc-listen", p.url[len("http://"):]); code != 1 || stderr == "" {
		t.Errorf("on a port that is taken: %d %s", code, stderr)
	}
}
