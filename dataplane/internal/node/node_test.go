package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/internal/node/postgres"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

func directory(t *testing.T) *postgres.Directory {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), pgtest.New(t, migrations.DataPlane()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return postgres.New(pool)
}

// moved is what a member is told of slots.
type moved struct {
	gained []int
	dead   bool
}

type member struct {
	*node.Cluster
	moved   chan moved
	revised chan bool
}

func join(t *testing.T, d node.Directory, id string) *member {
	t.Helper()
	m := &member{moved: make(chan moved, 100), revised: make(chan bool, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	m.Cluster, err = node.Join(t.Context(), node.Config{
		Directory: d, Self: node.Node{ID: id, Address: strings.TrimPrefix(server.URL, "http://")}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Run(node.Events{
		Moved:   func(_ context.Context, gained []int, dead bool) { m.moved <- moved{gained, dead} },
		Revised: func(context.Context) { m.revised <- true },
	})
	t.Cleanup(func() { m.Leave(context.Background()) })
	return m
}

// next returns the next news that are not about nothing.
func (m *member) next(t *testing.T) moved {
	t.Helper()
	for {
		select {
		case got := <-m.moved:
			if len(got.gained) > 0 {
				return got
			}
		case <-time.After(time.Minute):
			t.Fatal("no slots have moved")
		}
	}
}

// owners returns for each slot how many members say that it is theirs.
func owners(members ...*member) (none, one, more int) {
	for slot := range home.Slots {
		n := 0
		for _, m := range members {
			if m.MineSlot(slot) {
				n++
			}
		}
		switch n {
		case 0:
			none++
		case 1:
			one++
		default:
			more++
		}
	}
	return none, one, more
}

func TestCluster_SlotsFollowTheLiving(t *testing.T) {
	d := directory(t)
	a := join(t, d, "a")
	if got := a.next(t); len(got.gained) != home.Slots || !got.dead {
		t.Fatalf("the first node gained %d slots, dead %v", len(got.gained), got.dead)
	}
	b := join(t, d, "b")
	share := b.next(t)
	if n := len(share.gained); n < home.Slots/3 || n > home.Slots*2/3 || share.dead {
		t.Fatalf("the second node gained %d slots, dead %v", n, share.dead)
	}
	for none, one, more := owners(a, b); one != home.Slots; none, one, more = owners(a, b) {
		if none > 0 {
			t.Fatalf("%d slots live nowhere, %d twice", none, more)
		}
		<-a.moved // with its next heartbeat it sees the second node
	}
	if again := a.next(t); len(again.gained) != home.Slots-len(share.gained) || again.dead {
		t.Errorf("the second look of the first node is at %d slots, dead %v", len(again.gained), again.dead)
	}
	if again := b.next(t); !slices.Equal(again.gained, share.gained) || again.dead {
		t.Errorf("the second look of the new node is at %d slots, dead %v, want the %d it gained", len(again.gained), again.dead, len(share.gained))
	}
	if err := b.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := a.next(t); !slices.Equal(got.gained, share.gained) || !got.dead {
		t.Errorf("after the second has left the first gained %d slots, dead %v, want %d", len(got.gained), got.dead, len(share.gained))
	}
	if len(a.Others()) != 0 {
		t.Errorf("others: %v", a.Others())
	}
}

func TestCluster_OneThatIsSilentIsDead(t *testing.T) {
	d := directory(t)
	a := join(t, d, "a")
	a.next(t)
	if _, _, err := d.Beat(t.Context(), node.Node{ID: "ghost", Address: "127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	for len(a.Others()) == 0 {
		<-a.moved
	}
	id := "00000000-0000-0000-0000-000000000000"
	for slot := 0; a.Mine(id); slot++ {
		id = home.In(slot, id)
	}
	if n := a.Home(id); n.ID != "ghost" || !errors.Is(a.Call(t.Context(), n, "x", nil, nil), node.ErrAway) {
		t.Errorf("home of %s: %+v", id, n)
	}
	if got := a.next(t); !got.dead || len(got.gained) < home.Slots/3 || !a.Mine(id) {
		t.Errorf("gained %d slots, dead %v", len(got.gained), got.dead)
	}
}

func TestCluster_Calls(t *testing.T) {
	d := directory(t)
	a, b := join(t, d, "a"), join(t, d, "b")
	for len(a.Others()) == 0 {
		<-a.moved
	}
	b.Handle("double", func(_ context.Context, body []byte) (any, error) {
		var n int
		if err := json.Unmarshal(body, &n); err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, &workflow.Error{Kind: workflow.Invalid, Message: "n: negative", Violations: []workflow.Violation{{Path: "n", Message: "negative"}}}
		}
		if n == 0 {
			return nil, errors.New("internal")
		}
		return 2 * n, nil
	})
	b.HandleStream("count", func(context.Context, []byte) (<-chan any, error) {
		out := make(chan any, 3)
		out <- 1
		out <- 2
		close(out)
		return out, nil
	})
	to := a.Others()[0]
	var got int
	if err := a.Call(t.Context(), to, "double", 21, &got); err != nil || got != 42 {
		t.Errorf("got %d, %v", got, err)
	}
	err := a.Call(t.Context(), to, "double", -1, &got)
	if e, ok := errors.AsType[*workflow.Error](err); !ok || e.Kind != workflow.Invalid || len(e.Violations) != 1 {
		t.Errorf("a caller's error arrives as %v", err)
	}
	if err := a.Call(t.Context(), to, "double", 0, &got); err == nil || workflow.KindOf(err) != "" || errors.Is(err, node.ErrAway) {
		t.Errorf("an internal error arrives as %v", err)
	}
	if err := a.Call(t.Context(), to, "nothing", 0, &got); !errors.Is(err, node.ErrAway) {
		t.Errorf("an operation that the node does not answer yet: %v", err)
	}
	var sum int
	err = a.Follow(t.Context(), to, "count", nil, func(b json.RawMessage) {
		var n int
		if json.Unmarshal(b, &n) == nil {
			sum += n
		}
	})
	if err == nil || sum != 3 {
		t.Errorf("the stream brought %d and ended with %v", sum, err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if err := a.Call(t.Context(), node.Node{ID: "c", Address: closed.Addr().String()}, "double", 1, &got); !errors.Is(err, node.ErrAway) {
		t.Errorf("a node that does not listen: %v", err)
	}
	for _, token := range []string{"", "Bearer ", "Bearer wrong"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+to.Address+"/node/v1/double", strings.NewReader("1"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %q: status %d", token, res.StatusCode)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestCluster_AConnectionThatBreaksIsToBeTriedAgain is what a caller sees of a network that is cut, as the system tells it.
func TestCluster_AConnectionThatBreaksIsToBeTriedAgain(t *testing.T) {
	d := directory(t)
	a, err := node.Join(t.Context(), node.Config{
		Directory: d, Self: node.Node{ID: "a", Address: "127.0.0.1:1"}, Logger: slog.New(slog.DiscardHandler),
		Transport: transport(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Call(t.Context(), node.Node{ID: "b", Address: "127.0.0.1:2"}, "double", 1, nil)
	if workflow.KindOf(err) != workflow.Busy || errors.Is(err, node.ErrAway) {
		t.Errorf("a connection that broke: %v", err)
	}
}

func TestCluster_RevisionsReachTheOthers(t *testing.T) {
	d := directory(t)
	a, b := join(t, d, "a"), join(t, d, "b")
	for len(a.Others()) == 0 {
		<-a.moved
	}
	if err := a.Revise(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-b.revised:
	default:
		t.Error("the call returned before the other node knew")
	}
	// What is not told is seen with a heartbeat.
	if _, err := d.Revise(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*member{a, b} {
		select {
		case <-m.revised:
		case <-time.After(time.Minute):
			t.Fatal("a revision was missed")
		}
	}
	select {
	case <-a.revised:
		t.Error("a node was told of its own change")
	default:
	}
}
