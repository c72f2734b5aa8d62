package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/proto/events"
	definitionspb "github.com/podium-cloud/podium/dataplane/proto/metadata"
	"github.com/podium-cloud/podium/dataplane/proto/tasks"
	"github.com/podium-cloud/podium/dataplane/proto/workflows"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Engine is what the services need of the engine. Errors meant for callers are *workflow.Error.
type Engine interface {
	PutWorkflowDef(ctx context.Context, def *workflow.Def, overwrite bool) error
	ValidateWorkflowDef(ctx context.Context, def *workflow.Def) error
	WorkflowDef(ctx context.Context, name string, version int) (*workflow.Def, error)
	PutTaskDefs(ctx context.Context, defs []*workflow.TaskDef) error
	UpdateTaskDef(ctx context.Context, def *workflow.TaskDef) error
	TaskDef(ctx context.Context, name string) (*workflow.TaskDef, error)
	DeleteTaskDef(ctx context.Context, name string) error

	Start(ctx context.Context, req *workflow.StartRequest) (id string, err error)
	Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error)
	Search(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Summary], error)
	SearchTasks(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Task], error)
	Correlated(ctx context.Context, name, correlationID string, includeClosed, includeTasks bool) ([]*workflow.Execution, error)
	Running(ctx context.Context, name string, version int) ([]string, error)
	Pause(ctx context.Context, id string) error
	Resume(ctx context.Context, id string) error
	Terminate(ctx context.Context, id, reason string) error
	Restart(ctx context.Context, id string, useLatest bool) error
	Retry(ctx context.Context, id string, resumeSubworkflows bool) error
	Rerun(ctx context.Context, id string, req *workflow.RerunRequest) error
	SkipTask(ctx context.Context, id, ref string, req *workflow.SkipRequest) error
	ResetCallbacks(ctx context.Context, id string) error
	Remove(ctx context.Context, id string, archive bool) error

	Poll(ctx context.Context, req engine.PollRequest) ([]*workflow.Task, error)
	Update(ctx context.Context, res *workflow.TaskResult) (*workflow.Task, error)
	Task(ctx context.Context, taskID string) (*workflow.Task, error)
	AddLogs(ctx context.Context, taskID string, logs []workflow.TaskLog) error
	Logs(ctx context.Context, taskID string) ([]workflow.TaskLog, error)
	Queues() []engine.QueueInfo

	PutEventHandler(ctx context.Context, h *workflow.EventHandler, replace bool) error
	DeleteEventHandler(ctx context.Context, name string) error
	EventHandlers(ctx context.Context, event string, activeOnly bool) ([]*workflow.EventHandler, error)
}

// Config makes a Server.
type Config struct {
	Engine Engine
	Gate   *access.Gate
	Logger *slog.Logger                                             // nil: discard
	Count  func(method string, code codes.Code, took time.Duration) // told of every call; nil: nobody looks
}

// Server serves the services.
type Server struct {
	engine Engine
	gate   *access.Gate
	log    *slog.Logger
	count  func(method string, code codes.Code, took time.Duration)
	grpc   *grpc.Server

	draining context.Context // ends when the server stops; waiting polls watch it
	drain    context.CancelFunc
}

// maxMessage bounds a message that comes, as REST bounds a body. Answers may hold many payloads.
const maxMessage = 32 << 20

// Clients of long streams and polls send pings so that proxies keep their connections; more often than this is abuse.
const minPing = 10 * time.Second

// New returns a server with the services of Conductor, the health service and reflection.
func New(c Config) (*Server, error) {
	if c.Engine == nil || c.Gate == nil {
		return nil, errors.New("grpcapi: Engine and Gate are required")
	}
	s := &Server{engine: c.Engine, gate: c.Gate, log: c.Logger, count: c.Count}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.count == nil {
		s.count = func(string, codes.Code, time.Duration) {}
	}
	s.draining, s.drain = context.WithCancel(context.Background())
	s.grpc = grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage), grpc.UnaryInterceptor(s.unary), grpc.StreamInterceptor(s.stream),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
	)
	workflows.RegisterWorkflowServiceServer(s.grpc, workflowService{Server: s})
	tasks.RegisterTaskServiceServer(s.grpc, taskService{Server: s})
	definitionspb.RegisterMetadataServiceServer(s.grpc, metadataService{Server: s})
	events.RegisterEventServiceServer(s.grpc, eventService{Server: s})
	healthpb.RegisterHealthServer(s.grpc, alive{health.NewServer()})
	reflection.Register(s.grpc)
	return s, s.named()
}

// alive says of every service that it is served, as the reference server does: probes ask by names of their own.
type alive struct{ *health.Server }

// Check implements healthpb.HealthServer.
func (alive) Check(context.Context, *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	return &healthpb.HealthCheckResponse{Status: healthpb.HealthCheckResponse_SERVING}, nil
}

// Serve answers calls until Stop.
func (s *Server) Serve(l net.Listener) error {
	if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve gRPC: %w", err)
	}
	return nil
}

// Stop answers what waits, lets running calls end until ctx does, and cuts the others off.
func (s *Server) Stop(ctx context.Context) {
	s.drain()
	cut := context.AfterFunc(ctx, s.grpc.Stop)
	defer cut()
	s.grpc.GracefulStop()
}

// open are the services that ask for no token: they say nothing of anyone's.
func open(method string) bool {
	return strings.HasPrefix(method, "/grpc.health.") || strings.HasPrefix(method, "/grpc.reflection.")
}

// authorize checks the token, which travels as it does over HTTP, in x-authorization or authorization, and that its bearer may
// make the call. The context that it returns tells who calls.
func (s *Server) authorize(ctx context.Context, method string) (context.Context, error) {
	if !s.gate.Required() || open(method) {
		return ctx, nil
	}
	h := http.Header{}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		for _, name := range []string{"x-authorization", "authorization"} {
			if v := md.Get(name); len(v) > 0 {
				h.Set(name, v[0])
			}
		}
	}
	token := access.Token(h)
	caller, err := s.gate.Admit(token)
	exhausted, tooMany := errors.AsType[*access.TooManyCalls](err)
	switch {
	case tooMany:
		return ctx, status.Error(codes.ResourceExhausted, exhausted.Error())
	case err == nil:
		return access.With(ctx, caller), caller.Enter(permissions[method])
	case workflow.KindOf(err) == workflow.Denied:
		return ctx, err
	case errors.Is(err, access.ErrExpired):
		return ctx, status.Error(codes.Unauthenticated, "EXPIRED_TOKEN: the token has expired")
	case token == "":
		return ctx, status.Error(codes.Unauthenticated, "INVALID_TOKEN: a token is needed; exchange an access key at POST /api/token and send it as x-authorization")
	default:
		return ctx, status.Error(codes.Unauthenticated, "INVALID_TOKEN: the token is not valid for this cluster")
	}
}

func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (res any, err error) {
	err = s.call(ctx, info.FullMethod, func(ctx context.Context) error {
		res, err = next(ctx, req)
		return err
	})
	return res, err
}

func (s *Server) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return s.call(stream.Context(), info.FullMethod, func(ctx context.Context) error {
		return next(srv, called{stream, ctx})
	})
}

// called is a stream whose context tells who calls.
type called struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements grpc.ServerStream.
func (c called) Context() context.Context { return c.ctx }

// call runs one call: who may make it, what it answers when it fails, and its count.
func (s *Server) call(ctx context.Context, method string, f func(context.Context) error) (err error) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "call panicked", "method", method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = status.Error(codes.Internal, "Internal error; the server's log has the cause.")
		}
		s.count(method, status.Code(err), time.Since(began))
	}()
	ctx, err = s.authorize(ctx, method)
	if err == nil {
		err = f(ctx)
	}
	if err != nil {
		return fail(ctx, s.log, method, err)
	}
	return nil
}

// waiting returns a context for a wait: it ends with the call, or when the server stops.
func (s *Server) waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.draining, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// Services returns what is served, by the names of the services.
func (s *Server) Services() map[string]grpc.ServiceInfo { return s.grpc.GetServiceInfo() }
