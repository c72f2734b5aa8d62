package apptest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"
)

// patience is how long the client waits for a state before the test fails.
const patience = 90 * time.Second

// Client is a person at a control plane, with a browser's cookies.
type Client struct {
	t    testing.TB
	http *http.Client
	URL  string // of the control plane, without a path
}

// NewClient returns a person without a session.
func NewClient(t testing.TB, url string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, http: &http.Client{Jar: jar}, URL: url}
}

// Trust makes the client believe a control plane whose certificate is from one of these.
func (c *Client) Trust(roots *x509.CertPool) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	c.http.Transport = transport
	c.t.Cleanup(transport.CloseIdleConnections)
}

// Cluster is what tests look at of a cluster.
type Cluster struct {
	ID, Name, State, Reason, Endpoint, Console string
	LastSeenAt                                 time.Time
	Operation                                  Operation
}

// Operation is what tests look at of an operation.
type Operation struct {
	ID, State, Reason string
	Steps             []struct{ Name, State string }
}

// Try calls the API (or any address that begins with http) and decodes the answer, whatever its status, into out if that is
// not nil. The error is one of the network.
func (c *Client) Try(ctx context.Context, method, path string, in, out any) (status int, err error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(text)
	}
	if path[0] == '/' {
		path = c.URL + "/api/v1" + path
	}
	r, err := http.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if out == nil || len(text) == 0 {
		return res.StatusCode, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return 0, fmt.Errorf("%s %s: %d %s: %w", method, path, res.StatusCode, text, err)
	}
	return res.StatusCode, nil
}

// Call is Try that fails the test unless the answer has the status.
func (c *Client) Call(method, path string, in any, status int, out any) {
	c.t.Helper()
	var text json.RawMessage
	got, err := c.Try(c.t.Context(), method, path, in, &text)
	if err != nil || got != status {
		c.t.Fatalf("%s %s: %d %s %v, want %d", method, path, got, text, err, status)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			c.t.Fatalf("%s %s: %s: %v", method, path, text, err)
		}
	}
}

// SignUp makes an account with an organization of the same name.
func (c *Client) SignUp(name string) {
	c.t.Helper()
	c.Call("POST", "/signup", map[string]string{
		"email": name + "@example.com", "password": "correct horse 9", "name": name, "organization": name,
	}, http.StatusCreated, nil)
}

// AwaitUp waits until the control plane answers.
func (c *Client) AwaitUp() {
	c.t.Helper()
	c.Await("the control plane answers", func(ctx context.Context) (bool, string) {
		status, err := c.Try(ctx, "GET", c.URL+"/healthz", nil, nil)
		return status == http.StatusOK, fmt.Sprint(status, err)
	})
}

// AwaitState waits until a cluster is in a state; "" stands for gone.
func (c *Client) AwaitState(organization, name, state string) Cluster {
	c.t.Helper()
	var last Cluster
	c.Await("the cluster is "+state, func(ctx context.Context) (bool, string) {
		last = Cluster{}
		status, err := c.Try(ctx, "GET", "/organizations/"+organization+"/clusters/"+name, nil, &last)
		if state == "" {
			return status == http.StatusNotFound, fmt.Sprintf("%d %v %+v", status, err, last)
		}
		return status == http.StatusOK && last.State == state, fmt.Sprintf("%d %v %+v", status, err, last)
	})
	return last
}

// AwaitEnd waits until an operation has ended.
func (c *Client) AwaitEnd(operation string) Operation {
	c.t.Helper()
	var last Operation
	c.Await("the operation ends", func(ctx context.Context) (bool, string) {
		last = Operation{}
		status, err := c.Try(ctx, "GET", "/operations/"+operation, nil, &last)
		return status == http.StatusOK && last.State != "RUNNING", fmt.Sprintf("%d %v %+v", status, err, last)
	})
	return last
}

// Await asks until the answer is yes.
func (c *Client) Await(what string, ask func(ctx context.Context) (bool, string)) {
	c.t.Helper()
	ctx, stop := context.WithTimeoutCause(c.t.Context(), patience, errors.New("out of patience"))
	defer stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		done, seen := ask(ctx)
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatalf("%s: not after %v; last seen: %s", what, patience, seen)
		}
	}
}
