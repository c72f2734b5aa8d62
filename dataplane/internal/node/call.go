package node

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ErrAway says that a node could not be reached: the call was not made.
var ErrAway = errors.New("the node is away")

// path is where calls go; the operation follows.
const path = "/node/v1/"

// Answer answers a call: body is what the caller sent, as JSON. A json.RawMessage is sent as it is.
type Answer func(ctx context.Context, body []byte) (any, error)

// Stream answers a call with values until ctx, the caller or the channel ends.
type Stream func(ctx context.Context, body []byte) (<-chan any, error)

// caller makes calls and answers them.
type caller struct {
	secret string
	client *http.Client

	mu      sync.RWMutex
	lives   map[string]*life // by address
	answers map[string]Answer
	streams map[string]Stream
	away    map[string]time.Time // by address: not tried again before
}

// life ends the calls of a node that is taken for dead: it may hang and never answer.
type life struct {
	ctx context.Context
	end context.CancelFunc
}

// live ends the calls of the nodes that are not among those that live.
func (c *caller) live(nodes []Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for address, l := range c.lives {
		if !slices.ContainsFunc(nodes, func(n Node) bool { return n.Address == address }) {
			l.end()
			delete(c.lives, address)
		}
	}
}

func (c *caller) life(address string) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lives[address]
	if l == nil {
		l = &life{}
		l.ctx, l.end = context.WithCancel(context.Background())
		c.lives[address] = l
	}
	return l.ctx
}

// errDied says that a node was taken for dead while it was called.
var errDied = workflow.Errorf(workflow.Busy, "the node that was to answer has died; try again")

// errLost says that the connection to a node broke while it was called.
var errLost = workflow.Errorf(workflow.Busy, "the node that was to answer cannot be reached any more; try again")

// Times of calls.
const (
	dialTimeout = 500 * time.Millisecond
	awayFor     = 300 * time.Millisecond // callers need not all find out that a node is away
	// silence is how long a node may take to acknowledge what it is sent, which takes no work: a network that is cut tells nobody.
	silence = 3 * time.Second
)

// dial connects to nodes, and notices when they cannot be reached any more.
var dial = (&net.Dialer{
	Timeout: dialTimeout, Control: impatient(silence),
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence, Interval: time.Second, Count: 3},
}).DialContext

func newCaller(secret string, transport http.RoundTripper) *caller {
	if transport == nil {
		transport = &http.Transport{
			DialContext:         dial,
			MaxIdleConnsPerHost: 512, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
		}
	}
	return &caller{
		secret: secret, lives: map[string]*life{}, answers: map[string]Answer{}, streams: map[string]Stream{}, away: map[string]time.Time{},
		client: &http.Client{Transport: transport},
	}
}

// Handle sets what answers an operation.
func (c *Cluster) Handle(op string, f Answer) {
	c.caller.mu.Lock()
	defer c.caller.mu.Unlock()
	c.caller.answers[op] = f
}

// HandleStream sets what answers an operation with a stream.
func (c *Cluster) HandleStream(op string, f Stream) {
	c.caller.mu.Lock()
	defer c.caller.mu.Unlock()
	c.caller.streams[op] = f
}

// wireError is an error on its way.
type wireError struct {
	Kind       workflow.Kind        `json:"kind,omitempty"`
	Message    string               `json:"message"`
	Violations []workflow.Violation `json:"violations,omitempty"`
}

// Call has an operation done by a node; in and out are encoded as JSON, out may be nil. ErrAway says that it was not made;
// a *workflow.Error comes as such; any other error leaves open whether it was done.
func (c *Cluster) Call(ctx context.Context, n Node, op string, in, out any) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.caller.life(n.Address), func() { cancel(errDied) })()
	res, err := c.caller.post(ctx, n, op, in)
	if err != nil {
		return died(ctx, err)
	}
	defer res.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, res.Body)
	} else {
		err = json.NewDecoder(res.Body).Decode(out)
	}
	if err != nil {
		return died(ctx, fmt.Errorf("answer of node %s to %s: %w", n.ID, op, err))
	}
	return nil
}

func died(ctx context.Context, err error) error {
	if errors.Is(err, syscall.ETIMEDOUT) {
		return errLost
	}
	if cause := context.Cause(ctx); errors.Is(cause, errDied) {
		return cause
	}
	return err
}

// Follow calls f for each value that a node streams, until the stream ends.
func (c *Cluster) Follow(ctx context.Context, n Node, op string, in any, f func(json.RawMessage)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.caller.life(n.Address), cancel)()
	res, err := c.caller.post(ctx, n, op, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); ; {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("stream of node %s: %w", n.ID, err)
		}
		f(v)
	}
}

func (c *caller) post(ctx context.Context, n Node, op string, in any) (*http.Response, error) {
	c.mu.RLock()
	until := c.away[n.Address]
	c.mu.RUnlock()
	if time.Now().Before(until) {
		return nil, ErrAway
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode call %s: %w", op, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.Address+path+op, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", op, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		if o, ok := errors.AsType[*net.OpError](err); ok && o.Op == "dial" {
			c.mu.Lock()
			c.away[n.Address] = time.Now().Add(awayFor)
			c.mu.Unlock()
			return nil, ErrAway
		}
		return nil, fmt.Errorf("call %s of node %s: %w", op, n.ID, err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return nil, ErrAway // it has just joined, and is not ready yet
	}
	var w wireError
	if err := json.NewDecoder(res.Body).Decode(&w); err != nil {
		return nil, fmt.Errorf("call %s of node %s: status %d", op, n.ID, res.StatusCode)
	}
	if w.Kind == "" {
		return nil, fmt.Errorf("call %s of node %s: %s", op, n.ID, w.Message)
	}
	return nil, &workflow.Error{Kind: w.Kind, Message: w.Message, Violations: w.Violations}
}

// ServeHTTP answers calls of other nodes.
func (c *Cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(token), []byte(c.caller.secret)) != 1 {
		http.Error(w, `{"message":"not a node of this data plane"}`, http.StatusUnauthorized)
		return
	}
	op, ok := strings.CutPrefix(r.URL.Path, path)
	c.caller.mu.RLock()
	answer, stream := c.caller.answers[op], c.caller.streams[op]
	c.caller.mu.RUnlock()
	if !ok || r.Method != http.MethodPost || answer == nil && stream == nil {
		http.Error(w, `{"message":"no such operation"}`, http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller has gone
	}
	if stream != nil {
		c.stream(w, r, stream, body)
		return
	}
	out, err := answer(r.Context(), body)
	if err != nil {
		fail(w, err)
		return
	}
	b, encoded := out.(json.RawMessage)
	if !encoded {
		if b, err = json.Marshal(out); err != nil {
			fail(w, err)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(b); err != nil {
		c.log.Debug("a call's answer could not be sent", "operation", op, "error", err)
	}
}

func fail(w http.ResponseWriter, err error) {
	out := wireError{Message: err.Error()}
	status := http.StatusInternalServerError
	if e, ok := errors.AsType[*workflow.Error](err); ok {
		out, status = wireError{e.Kind, e.Message, e.Violations}, http.StatusUnprocessableEntity
	}
	b, _ := json.Marshal(out)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a caller that has gone needs no answer
}

func (c *Cluster) stream(w http.ResponseWriter, r *http.Request, f Stream, body []byte) {
	values, err := f(r.Context(), body)
	if err != nil {
		fail(w, err)
		return
	}
	flush := http.NewResponseController(w)
	w.WriteHeader(http.StatusOK)
	_ = flush.Flush()
	enc := json.NewEncoder(w)
	for v := range values {
		if enc.Encode(v) != nil || flush.Flush() != nil {
			return // the caller has gone, and with it the request's context
		}
	}
}
