package balancer

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

const deadline = time.Minute

// node is a server that says its index, and can be told to be ill or to let calls wait.
type node struct {
	*httptest.Server
	Node
	ill  atomic.Bool
	hold chan struct{} // calls of /wait end when it is closed
}

func newNode(t *testing.T, index int) *node {
	t.Helper()
	n := &node{hold: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if n.ill.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-n.hold:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d %s %s %s", index, r.Method, r.Host, b)
	})
	n.Server = httptest.NewServer(mux)
	t.Cleanup(n.CloseClientConnections)
	t.Cleanup(n.Close)
	services := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(services, health.NewServer())
	l := listen(t)
	go func() { _ = services.Serve(l) }()
	t.Cleanup(services.Stop)
	n.Node = Node{Index: index, HTTP: n.Listener.Addr().String(), GRPC: l.Addr().String()}
	return n
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// balanced is a balancer that runs.
type balanced struct {
	t      *testing.T
	folder string
	plan   Plan
}

func start(t *testing.T, nodes ...*node) *balanced {
	t.Helper()
	l := listen(t)
	b := &balanced{t: t, folder: t.TempDir(), plan: Plan{Listen: l.Addr().String()}}
	l.Close()
	b.follow(nodes...)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, b.folder, slog.New(slog.NewTextHandler(t.Output(), nil))) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("balancer: %v", err)
		}
	})
	b.await()
	return b
}

func (b *balanced) follow(nodes ...*node) {
	b.t.Helper()
	b.plan.Serial++
	b.plan.Nodes = nil
	for _, n := range nodes {
		b.plan.Nodes = append(b.plan.Nodes, n.Node)
	}
	if err := WritePlan(b.folder, b.plan); err != nil {
		b.t.Fatal(err)
	}
}

func (b *balanced) await() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), deadline)
	defer cancel()
	if err := Await(ctx, b.folder, b.plan.Serial); err != nil {
		b.t.Fatal(err)
	}
}

// healthy waits until these nodes and no others are.
func (b *balanced) healthy(indexes ...int) {
	b.t.Helper()
	for end := time.Now().Add(deadline); time.Now().Before(end); <-time.After(lookEvery) {
		if s, err := ReadStatus(b.folder); err == nil && slices.Equal(s.Healthy, indexes) {
			return
		}
	}
	b.t.Fatalf("%v are not healthy in time", indexes)
}

func (b *balanced) call(method, path, body string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, "http://"+b.plan.Listen+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestRun_CallsGoToAllHealthyNodes(t *testing.T) {
	t.Parallel()
	one, two := newNode(t, 0), newNode(t, 1)
	b := start(t, one, two)
	b.healthy(0, 1)
	seen := map[string]int{}
	for range 10 {
		code, text := b.call("POST", "/x", "hello")
		who, rest, _ := strings.Cut(text, " ")
		if code != http.StatusOK || rest != "POST "+b.plan.Listen+" hello" {
			t.Fatalf("%d %q", code, text)
		}
		seen[who]++
	}
	if seen["0"] != 5 || seen["1"] != 5 {
		t.Errorf("calls by node: %v", seen)
	}
	one.ill.Store(true)
	b.healthy(1)
	for range 3 {
		if _, text := b.call("GET", "/x", ""); text[0] != '1' {
			t.Errorf("answered by %q", text)
		}
	}
	one.ill.Store(false)
	b.healthy(0, 1)
}

func TestRun_ANodeThatIsTakenOutGetsNothingNewAndEndsItsCalls(t *testing.T) {
	t.Parallel()
	one, two := newNode(t, 0), newNode(t, 1)
	b := start(t, one)
	b.healthy(0)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+b.plan.Listen+"/wait", nil)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Body.Close()
	b.follow(two)
	b.await()
	for range 5 {
		if _, text := b.call("POST", "/x", ""); text[0] != '1' {
			t.Errorf("answered by %q", text)
		}
	}
	close(one.hold)
	if _, err := io.ReadAll(waiting.Body); err != nil {
		t.Errorf("the call that was waiting: %v", err)
	}
}

func TestRun_CallsWaitForANode(t *testing.T) {
	t.Parallel()
	late := newNode(t, 0)
	b := start(t)
	answered := make(chan string, 1)
	go func() {
		_, text := b.call("POST", "/x", "kept")
		answered <- text
	}()
	b.follow(late)
	if text := <-answered; !strings.HasSuffix(text, " kept") {
		t.Errorf("answered %q", text)
	}
}

func TestRun_ANodeThatCannotBeReachedCostsNoCall(t *testing.T) {
	t.Parallel()
	one, two := newNode(t, 0), newNode(t, 1)
	b := start(t, one, two)
	b.healthy(0, 1)
	one.CloseClientConnections()
	one.Close()
	for range 10 {
		if code, text := b.call("POST", "/x", "kept"); code != http.StatusOK || text[0] != '1' || !strings.HasSuffix(text, " kept") {
			t.Errorf("%d %q", code, text)
		}
	}
	b.healthy(1)
}

func TestRun_GRPC(t *testing.T) {
	t.Parallel()
	one, two := newNode(t, 0), newNode(t, 1)
	b := start(t, one)
	b.healthy(0)
	conn, err := grpc.NewClient(b.plan.Listen, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := grpc_health_v1.NewHealthClient(conn)
	for _, nodes := range [][]*node{{one}, {two}} { // the connection stays
		b.follow(nodes...)
		b.await()
		res, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil || res.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("%v, %v", res, err)
		}
	}
	if _, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "nobody"}); status.Code(err) != codes.NotFound {
		t.Errorf("an error of the node: %v", err)
	}
}
