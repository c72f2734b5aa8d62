package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// load is an application that starts executions and works on them. It tries again what is not answered, as the SDKs do.
type load struct {
	t     *testing.T
	api   string
	token string

	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	started []string
	failed  int            // calls that had to be tried again
	why     map[string]int // by what was wrong
}

const flow = `[{"name": "crash", "version": 1, "schemaVersion": 2, "ownerEmail": "a@example.test", "tasks": [
	{"name": "crash_a", "taskReferenceName": "a", "type": "SIMPLE"}, {"name": "crash_b", "taskReferenceName": "b", "type": "SIMPLE"}]}]`

// newLoad makes a key for the cluster and begins.
func newLoad(t *testing.T, c *cloud, name string) *load {
	t.Helper()
	var at cluster
	c.want(http.StatusOK, http.MethodGet, clusterPath(name), nil, &at)
	var key struct{ ID, Secret string }
	c.want(http.StatusCreated, http.MethodPost, clusterPath(name)+"/access-keys", map[string]string{"name": "load", "role": "developer"}, &key)
	l := &load{t: t, api: at.Endpoint, why: map[string]int{}}
	var token struct{ Token string }
	if err := l.call(t.Context(), http.MethodPost, "/token", map[string]string{"keyId": key.ID, "keySecret": key.Secret}, &token); err != nil {
		t.Fatal(err)
	}
	l.token = token.Token
	policies := []map[string]any{}
	for _, name := range []string{"crash_a", "crash_b"} {
		// A task whose worker is never heard of again is offered again soon.
		policies = append(policies, map[string]any{
			"name": name, "ownerEmail": "a@example.test", "retryCount": 10, "retryDelaySeconds": 0, "responseTimeoutSeconds": 10, "timeoutSeconds": 3600,
		})
	}
	for path, body := range map[string]any{"/metadata/taskdefs": policies, "/metadata/workflow": json.RawMessage(flow[1 : len(flow)-1])} {
		if err := l.call(t.Context(), http.MethodPost, path, body, nil); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	l.stop = stop
	l.running.Go(func() { l.start(ctx) })
	for _, task := range []string{"crash_a", "crash_b"} {
		l.running.Go(func() { l.work(ctx, task) })
	}
	t.Cleanup(func() { stop(); l.running.Wait() })
	return l
}

// start starts executions, one after another, until ctx ends.
func (l *load) start(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		var id string
		if l.again(ctx, http.MethodPost, "/workflow/crash", map[string]any{}, &id) {
			l.mu.Lock()
			l.started = append(l.started, id)
			l.mu.Unlock()
		}
		<-tick.C
	}
}

func (l *load) work(ctx context.Context, kind string) {
	for ctx.Err() == nil {
		var tasks []struct{ TaskID, WorkflowInstanceID string }
		if !l.again(ctx, http.MethodGet, "/tasks/poll/batch/"+kind+"?workerid=w&count=10&timeout=500", nil, &tasks) {
			return
		}
		for _, task := range tasks {
			l.again(context.WithoutCancel(ctx), http.MethodPost, "/tasks", map[string]any{
				"taskId": task.TaskID, "workflowInstanceId": task.WorkflowInstanceID, "status": "COMPLETED", "workerId": "w",
			}, nil)
		}
	}
}

// again calls until it is answered; false when ctx has ended first.
func (l *load) again(ctx context.Context, method, path string, in, out any) bool {
	deadline, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := l.call(deadline, method, path, in, out)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if deadline.Err() != nil {
			l.t.Errorf("%s %s is not answered: %v", method, path, err)
			return false
		}
		l.mu.Lock()
		l.failed++
		l.why[err.Error()]++
		l.mu.Unlock()
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline.Done():
		}
	}
}

func (l *load) call(ctx context.Context, method, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, l.api+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	if in == nil {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Authorization", l.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s: %s", res.Status, text)
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *string:
		*out = string(bytes.Trim(text, `" `+"\n"))
		if *out == "" {
			return errors.New("an empty answer")
		}
		return nil
	default:
		return json.Unmarshal(text, out)
	}
}

// progress waits until so many more executions were started: what has just happened was not the end.
func (l *load) progress(n int) {
	l.t.Helper()
	count := func() int { l.mu.Lock(); defer l.mu.Unlock(); return len(l.started) }
	for want, end := count()+n, time.Now().Add(patience); count() < want; <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			l.t.Fatal("the load does not go on")
		}
	}
}

// finish ends the starting and waits until every execution is completed.
func (l *load) finish() {
	l.t.Helper()
	end := time.Now().Add(patience)
	l.mu.Lock()
	started := l.started
	l.mu.Unlock()
	for _, id := range started {
		for {
			var e struct{ Status, ReasonForIncompletion string }
			err := l.call(l.t.Context(), http.MethodGet, "/workflow/"+id+"?includeTasks=false", nil, &e)
			if err == nil && e.Status == "COMPLETED" {
				break
			}
			if err == nil && e.Status != "RUNNING" || time.Now().After(end) {
				l.t.Fatalf("execution %s: %+v, %v", id, e, err)
			}
			<-time.After(20 * time.Millisecond)
		}
	}
	l.stop()
	l.running.Wait()
	for why := range l.why {
		if strings.HasPrefix(why, "401") {
			l.t.Errorf("a call was refused: %s", why)
		}
	}
	l.t.Logf("%d executions completed; %d calls were tried again: %v", len(started), l.failed, l.why)
}
