package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/rest"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// stream is an open event stream; its channel is closed when the stream ends.
type stream struct {
	t      *testing.T
	events chan event
	close  func()
}

type event struct {
	kind   string // "change", or ":" for a sign of life
	change engine.Change
	at     time.Time
}

func (s *server) stream(query string) *stream {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/podium/v1/events"+query, nil)
	if s.token != "" {
		req.Header.Set("X-Authorization", s.token)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("got %d of type %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	out := &stream{t: s.t, events: make(chan event, 1000), close: cancel}
	s.t.Cleanup(cancel)
	go func() {
		defer close(out.events)
		defer res.Body.Close()
		var kind string
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, ":"):
				out.events <- event{kind: ":", at: time.Now()}
			case strings.HasPrefix(line, "event: "):
				kind = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				var c engine.Change
				_ = json.Unmarshal([]byte(line[len("data: "):]), &c)
				out.events <- event{kind: kind, change: c, at: time.Now()}
			}
		}
	}()
	if e := out.next(); e.kind != ":" {
		s.t.Fatalf("the stream begins with %+v", e)
	}
	return out
}

func (s *stream) next() event {
	s.t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			s.t.Fatal("the stream has ended")
		}
		return e
	case <-time.After(time.Minute):
		s.t.Fatal("nothing came")
		panic("unreachable")
	}
}

// ended waits for the end of the stream and returns what came before it.
func (s *stream) ended() (rest []event) {
	s.t.Helper()
	for timeout := time.After(time.Minute); ; {
		select {
		case e, ok := <-s.events:
			if !ok {
				return rest
			}
			rest = append(rest, e)
		case <-timeout:
			s.t.Fatal("the stream goes on")
		}
	}
}

func TestEvents_TellOfChanges(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	all := s.stream("")
	id := s.start("w", "")
	if e := all.next(); e.kind != "change" || e.change.WorkflowID != id || e.change.WorkflowName != "w" || e.change.Status != workflow.Running || e.change.UpdateTime == 0 {
		t.Errorf("got %+v", e)
	}
	own := s.stream("?workflowId=" + id)
	s.start("w", "")
	s.void(s.put("/api/workflow/"+id+"/pause", ""))
	if e := own.next(); e.change.WorkflowID != id || e.change.Status != workflow.Paused {
		t.Errorf("got %+v", e)
	}
	s.failure(s.get("/podium/v1/events?workflowId=nobody"), 404, "nobody")
}

// bursts is an engine whose watchers see many changes at once. It stands in for the real one, which is too quick or too
// slow to order a burst.
type bursts struct {
	rest.Engine
	changes chan engine.Change
}

func (b bursts) Watch(context.Context, string) <-chan engine.Change { return b.changes }

func TestEvents_ABurstIsSentAsItsLastChange(t *testing.T) {
	b := bursts{changes: make(chan engine.Change)}
	s := newServer(t, options{engine: b})
	all := s.stream("")
	began := time.Now()
	go func() {
		for n := range 400 { // 2,000 a second of one execution
			b.changes <- engine.Change{WorkflowID: "a", UpdateTime: int64(n + 1)}
			if n == 200 {
				b.changes <- engine.Change{WorkflowID: "b", UpdateTime: 1}
			}
		}
	}()
	seen, last := 0, int64(0)
	for last != 400 {
		e := all.next()
		if e.change.WorkflowID == "a" {
			seen++
			if e.change.UpdateTime <= last {
				t.Errorf("change %d after %d", e.change.UpdateTime, last)
			}
			last = e.change.UpdateTime
		}
	}
	if most := 2 + int(time.Since(began)/(90*time.Millisecond)); seen > most {
		t.Errorf("%d events in %v, want at most %d", seen, time.Since(began), most)
	}
}

func TestEvents_ShowThatTheyAreAlive(t *testing.T) {
	s := newServer(t, options{beat: 20 * time.Millisecond})
	all := s.stream("")
	for range 3 {
		if e := all.next(); e.kind != ":" {
			t.Errorf("got %+v", e)
		}
	}
}

func TestEvents_EndWithTheirToken(t *testing.T) {
	g, _ := keyedGate(t)
	s := newServer(t, options{gate: g, beat: 20 * time.Millisecond})
	s.token = decode[map[string]string](t, s.ok(s.post("/api/token", login("k1", "s1"))))["token"]
	all := s.stream("")
	all.next()
	allow(t, g, "k2", "s2")
	all.ended()
}

// TestEvents_EndWithTheRightsOfTheirReader: what is taken from a reader is not shown to them any more, whether they ask again or
// not (S-56).
func TestEvents_EndWithTheRightsOfTheirReader(t *testing.T) {
	gate, _ := keyedGate(t)
	s := newServer(t, options{gate: gate})
	admin := s.tokenOf("k1", "s1")
	s.token = admin
	s.register("w", "["+simple+"]")
	for name, taken := range map[string]struct{ give, take func(app, key string) }{
		"a grant": {
			func(app, _ string) { s.ok(s.post("/api/auth/authorization", grantOn("w", app))) },
			func(app, _ string) { s.ok(s.send("DELETE", "/api/auth/authorization", grantOn("w", app))) },
		},
		"a role": {
			func(app, _ string) { s.ok(s.post("/api/applications/"+app+"/roles/USER_READ_ONLY", "")) },
			func(app, _ string) { s.ok(s.delete("/api/applications/" + app + "/roles/USER_READ_ONLY")) },
		},
		"a key": {
			func(app, _ string) { s.ok(s.post("/api/applications/"+app+"/roles/USER_READ_ONLY", "")) },
			func(app, key string) { s.ok(s.post("/api/applications/"+app+"/accessKeys/"+key+"/status", "")) },
		},
	} {
		app, key := s.application("reader", "")
		taken.give(app, key.ID)
		s.token = s.tokenOf(key.ID, key.Secret)
		reader := s.stream("")
		s.token = admin
		s.start("w", "")
		if e := reader.next(); e.kind != "change" {
			t.Errorf("%s: got %+v", name, e)
		}
		taken.take(app, key.ID)
		id := s.start("w", "")
		for _, e := range reader.ended() {
			if e.change.WorkflowID == id {
				t.Errorf("%s: it was taken, and the stream tells %+v", name, e)
			}
		}
	}
}

func grantOn(name, app string) string {
	return fmt.Sprintf(`{"subject":{"type":"USER","id":"app:%s"},"target":{"type":"WORKFLOW_DEF","id":%q},"access":["READ"]}`, app, name)
}

func TestDrain_AnswersWhoWaits(t *testing.T) {
	s := newServer(t, options{})
	s.register("slow", "["+simple+"]")
	all := s.stream("")
	polls, runs := make(chan answer, 1), make(chan answer, 1)
	go func() { polls <- s.get("/api/tasks/poll/batch/nobody?timeout=5000") }()
	go func() { runs <- s.post("/api/workflow/execute/slow/1?waitForSeconds=60", `{}`) }()
	all.next() // it has started
	for parked := false; !parked; {
		for _, q := range s.engine.Queues() {
			parked = parked || q.TaskType == "nobody" && q.Pollers == 1
		}
	}
	began := time.Now()
	s.handler.Drain()
	all.ended()
	if a := s.ok(<-polls); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("poll answers %s", a.body)
	}
	if run := s.json(<-runs); run["status"] != "RUNNING" || run["signalTimeout"] != true {
		t.Errorf("execute answers %v", run)
	}
	if d := time.Since(began); d > 4500*time.Millisecond {
		t.Errorf("it took %v", d)
	}
	if a := s.ok(s.get("/api/tasks/poll/batch/nobody?timeout=5000")); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("poll answers %s", a.body)
	}
}
