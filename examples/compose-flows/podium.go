package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Connection is a cluster and an access key of it.
type Connection struct {
	API         string // ends in /api
	Key, Secret string // "" where no credentials are wanted
	token       string
	mu          sync.Mutex
}

// violation is one wrong field of what was sent.
type violation struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Refusal is a call that the cluster did not carry out.
type Refusal struct {
	Status     int
	Message    string      `json:"message"`
	Violations []violation `json:"validationErrors"`
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d: %s", r.Status, r.Message) }

// call sends in as JSON and reads the answer into out; either may be nil. A token that has run out is renewed once.
func (c *Connection) call(ctx context.Context, method, path string, in, out any) error {
	token, err := c.exchange(ctx, "")
	if err != nil {
		return err
	}
	err = c.send(ctx, method, path, token, in, out)
	if r, ok := err.(*Refusal); ok && r.Status == http.StatusUnauthorized && token != "" { //nolint:errorlint // send does not wrap
		if token, err = c.exchange(ctx, token); err != nil {
			return err
		}
		err = c.send(ctx, method, path, token, in, out)
	}
	return err
}

// exchange returns a token of the key, another one than old.
func (c *Connection) exchange(ctx context.Context, old string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Key == "" || c.token != old {
		return c.token, nil
	}
	var out struct {
		Token string `json:"token"`
	}
	err := c.send(ctx, http.MethodPost, "/token", "", map[string]string{"keyId": c.Key, "keySecret": c.Secret}, &out)
	c.token = out.Token
	return c.token, err
}

func (c *Connection) send(ctx context.Context, method, path, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.API+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-Authorization", token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		refusal := &Refusal{Status: res.StatusCode, Message: string(b)}
		_ = json.Unmarshal(b, refusal) // what is no JSON is the message as it is
		return refusal
	}
	if text, plain := out.(*string); plain {
		*text = string(b)
		return nil
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}
