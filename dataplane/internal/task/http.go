package task

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// httpRequest is the input of an HTTP task.
type httpRequest struct {
	URI               string         `json:"uri"`
	Method            string         `json:"method"`
	Headers           map[string]any `json:"headers"`
	Body              any            `json:"body"`
	Accept            any            `json:"accept"`
	ContentType       string         `json:"contentType"`
	ConnectionTimeOut int64          `json:"connectionTimeOut"` // ms
	ReadTimeOut       int64          `json:"readTimeOut"`       // ms

	traceparent string
}

// Bounds of an HTTP task.
const (
	defaultTimeOut  = 3000 * time.Millisecond // Conductor's default, for the connection and for each wait for the answer
	longestCall     = 10 * time.Minute
	maxHTTPResponse = 10 << 20
)

// HTTP makes the runner of HTTP tasks over a client, which decides what may be reached.
func HTTP(client *http.Client) Run {
	return func(ctx context.Context, t *workflow.Task) (workflow.TaskStatus, workflow.Payload, string) {
		in, err := parseHTTP(t.InputData)
		if err != nil {
			return failed("%s", err)
		}
		in.traceparent = t.Traceparent()
		response, err := call(ctx, client, in)
		if err != nil {
			reason := "Failed to invoke HTTP task due to: " + err.Error()
			out, _ := workflow.NewPayload(map[string]any{"response": err.Error()})
			return workflow.TaskFailed, out, reason
		}
		out, err := workflow.NewPayload(map[string]any{"response": response})
		if err != nil {
			return failed("the response of %s can't be kept: %s", in.URI, err)
		}
		if asyncComplete(t) {
			return workflow.TaskInProgress, out, ""
		}
		return workflow.TaskCompleted, out, ""
	}
}

// parseHTTP reads the request from http_request, or from the top level of the input.
func parseHTTP(p workflow.Payload) (*httpRequest, error) {
	var holder struct {
		Request json.RawMessage `json:"http_request"`
	}
	if err := p.Decode(&holder); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	raw := []byte(holder.Request)
	if len(raw) == 0 || string(raw) == "null" {
		raw = []byte(p.String())
	}
	in := &httpRequest{}
	if err := workflow.UnmarshalExact(raw, in); err != nil {
		return nil, fmt.Errorf("http_request: %w", err)
	}
	if in.URI == "" {
		return nil, errors.New("Missing HTTP URI. See documentation for HttpTask for required input parameters") //nolint:staticcheck // the text is the task's reason, a sentence for people
	}
	if in.Method == "" {
		return nil, errors.New("No HTTP method specified") //nolint:staticcheck // as above
	}
	return in, nil
}

// call sends the request and reads the whole answer. A status of 400 and above is an error that carries the body.
func call(ctx context.Context, client *http.Client, in *httpRequest) (map[string]any, error) {
	ctx, read, stop := in.hurry(ctx)
	defer stop()
	req, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(patient{resp.Body, read}, maxHTTPResponse+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", in.URI, cmp.Or(context.Cause(ctx), err))
	}
	if len(body) > maxHTTPResponse {
		return nil, fmt.Errorf("the answer of %s is larger than %d bytes", in.URI, maxHTTPResponse)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s answered %s: %.1000s", strings.ToUpper(in.Method), in.URI, resp.Status, body)
	}
	reason := strings.TrimPrefix(resp.Status, fmt.Sprintf("%d ", resp.StatusCode))
	return map[string]any{"body": decodeBody(body), "headers": resp.Header, "statusCode": resp.StatusCode, "reasonPhrase": reason}, nil
}

// hurry bounds the call: connecting by one time, each wait for the answer after that by the other. The cause of the
// context's end says which it was.
func (in *httpRequest) hurry(ctx context.Context) (_ context.Context, read func(), stop func()) {
	connect, answer := timeOut(in.ConnectionTimeOut), timeOut(in.ReadTimeOut)
	ctx, end := context.WithTimeoutCause(ctx, longestCall, fmt.Errorf("%s: the answer is not whole after %v", in.URI, longestCall))
	ctx, cancel := context.WithCancelCause(ctx)
	connecting := time.AfterFunc(connect, func() { cancel(fmt.Errorf("%s: no connection within %v (connectionTimeOut)", in.URI, connect)) })
	reading := time.AfterFunc(connect+answer, func() { cancel(fmt.Errorf("%s: no answer within %v (readTimeOut)", in.URI, answer)) })
	read = func() { reading.Reset(answer) }
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { connecting.Reset(connect) }, // again for each redirect
		GotConn: func(httptrace.GotConnInfo) { connecting.Stop(); read() },
	})
	return ctx, read, func() { connecting.Stop(); reading.Stop(); cancel(nil); end() }
}

func timeOut(ms int64) time.Duration {
	if ms <= 0 {
		return defaultTimeOut
	}
	return time.Duration(ms) * time.Millisecond
}

// patient tells of each read that it has brought something.
type patient struct {
	io.Reader
	read func()
}

func (p patient) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.read()
	return n, err
}

func (in *httpRequest) request(ctx context.Context) (*http.Request, error) {
	contentType := in.ContentType
	if contentType == "" {
		contentType = "application/json"
	}
	var body io.Reader
	switch b := in.Body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(in.Method), in.URI, body)
	if err != nil {
		return nil, fmt.Errorf("uri: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", accept(in.Accept))
	if in.traceparent != "" {
		req.Header.Set("traceparent", in.traceparent) // the task's own headers, which follow, may say otherwise
	}
	for k, v := range in.Headers {
		if list, ok := v.([]any); ok {
			for _, one := range list {
				req.Header.Add(k, fmt.Sprint(one))
			}
			continue
		}
		req.Header.Set(k, fmt.Sprint(v))
	}
	return req, nil
}

func accept(v any) string {
	switch a := v.(type) {
	case string:
		if a != "" {
			return a
		}
	case []any:
		parts := make([]string, len(a))
		for i, one := range a {
			parts[i] = fmt.Sprint(one)
		}
		return strings.Join(parts, ", ")
	}
	return "application/json"
}

// decodeBody reads a JSON answer; anything else stays text.
func decodeBody(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return string(b)
	}
	return v
}
