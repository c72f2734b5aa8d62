package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// api calls the control plane's REST API with the session cookie that signUp gets.
type api struct {
	base string // ends in /api/v1
	http *http.Client
}

type cluster struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Organization string    `json:"organization"`
	State        string    `json:"state"`
	Reason       string    `json:"reason"`
	Endpoint     string    `json:"endpoint"`
	Operation    operation `json:"operation"`
}

type operation struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Steps  []step `json:"steps"`
}

type step struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	State string `json:"state"`
}

type accessKey struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// problem is an error answer of the API (application/problem+json).
type problem struct {
	Call   string `json:"-"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("%s: %d %s: %s", p.Call, p.Status, p.Title, p.Detail), ": ")
}

func isNotFound(err error) bool {
	p, ok := errors.AsType[*problem](err)
	return ok && p.Status == http.StatusNotFound
}

func newAPI(address string) (*api, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &api{base: address + "/api/v1", http: &http.Client{Jar: jar}}, nil
}

// answers reports whether the API answers anything, be it that nobody is signed in.
func (a *api) answers(ctx context.Context) bool {
	err := a.call(ctx, http.MethodGet, "/me", nil, nil)
	_, refused := errors.AsType[*problem](err)
	return err == nil || refused
}

func (a *api) signUp(ctx context.Context, email, password, name, organization string) error {
	return a.call(ctx, http.MethodPost, "/signup", map[string]string{
		"email": email, "password": password, "name": name, "organization": organization,
	}, nil)
}

func (a *api) createCluster(ctx context.Context, organization, name string) (cluster, error) {
	var c cluster
	return c, a.call(ctx, http.MethodPost, clusters(organization), map[string]string{"name": name}, &c)
}

func (a *api) cluster(ctx context.Context, organization, name string) (cluster, error) {
	var c cluster
	return c, a.call(ctx, http.MethodGet, clusters(organization, name), nil, &c)
}

func (a *api) deleteCluster(ctx context.Context, c cluster) (operation, error) {
	var o operation
	return o, a.call(ctx, http.MethodDelete, clusters(c.Organization, c.Name), nil, &o)
}

func (a *api) createAccessKey(ctx context.Context, c cluster, name string) (accessKey, error) {
	var k accessKey
	return k, a.call(ctx, http.MethodPost, clusters(c.Organization, c.Name, "access-keys"), map[string]string{"name": name}, &k)
}

func clusters(organization string, more ...string) string {
	segments := append([]string{url.PathEscape(organization), "clusters"}, more...)
	for i, s := range more {
		segments[i+2] = url.PathEscape(s)
	}
	return "/organizations/" + strings.Join(segments, "/")
}

// follow reads the operation's stream of events until it ends and tells every change of a step. An operation that does
// not succeed is an error with its reason.
func (a *api) follow(ctx context.Context, o operation, tell func(operation, step)) error {
	resp, err := a.send(ctx, http.MethodGet, "/operations/"+url.PathEscape(o.ID)+"/events", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	told := map[string]string{}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue
		}
		o = operation{}
		if err := json.Unmarshal([]byte(data), &o); err != nil {
			return fmt.Errorf("event of the operation: %w", err)
		}
		for _, s := range o.Steps {
			if s.State != "PENDING" && told[s.Name] != s.State {
				told[s.Name] = s.State
				tell(o, s)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow operation %s: %w", o.ID, err)
	}
	if o.State != "SUCCEEDED" {
		return fmt.Errorf("operation %s %s is %s: %s", o.Kind, o.ID, o.State, o.Reason)
	}
	return nil
}

// call sends body as JSON and decodes the answer into out; both may be nil. Error answers are a *problem.
func (a *api) call(ctx context.Context, method, path string, body, out any) error {
	resp, err := a.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: decode the answer: %w", method, path, err)
	}
	return nil
}

func (a *api) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, &content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer resp.Body.Close()
	p := &problem{}
	if err := json.NewDecoder(resp.Body).Decode(p); err != nil {
		p.Title = http.StatusText(resp.StatusCode)
	}
	p.Call, p.Status = method+" "+path, resp.StatusCode
	return nil, p
}
