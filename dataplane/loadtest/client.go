package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

type object = map[string]any

// conductor calls a Conductor API as SDKs do.
type conductor struct {
	bases []string      // each ends in /api; the nodes of one server
	turn  atomic.Uint64 // calls so far: nodes are called in turn, as by a load balancer
	token string        // "" without authentication
	http  *http.Client
}

// polled is a task as a worker sees it: the load only needs to know whose it is.
type polled struct {
	TaskID     string    `json:"taskId"`
	WorkflowID string    `json:"workflowInstanceId"`
	Input      taskInput `json:"inputData"`
}

type taskInput struct {
	Flight int `json:"flight"` // number of the workflow in this run
}

func newConductor(bases ...string) *conductor {
	// One connection for each caller: reconnecting would be measured instead of the server.
	transport := &http.Transport{MaxIdleConns: 1 << 14, MaxIdleConnsPerHost: 1 << 14, DisableCompression: true}
	c := &conductor{http: &http.Client{Transport: transport}}
	for _, base := range bases {
		c.bases = append(c.bases, strings.TrimSuffix(base, "/"))
	}
	return c
}

func (c *conductor) close() { c.http.CloseIdleConnections() }

func (c *conductor) logIn(ctx context.Context, keyID, keySecret string) error {
	var answer struct {
		Token string `json:"token"`
	}
	if err := c.call(ctx, http.MethodPost, "/token", object{"keyId": keyID, "keySecret": keySecret}, &answer); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	c.token = answer.Token
	return nil
}

func (c *conductor) registerTasks(ctx context.Context, defs []object) error {
	return c.call(ctx, http.MethodPost, "/metadata/taskdefs", defs, nil)
}

func (c *conductor) registerWorkflow(ctx context.Context, def object) error {
	return c.call(ctx, http.MethodPost, "/metadata/workflow", def, nil)
}

func (c *conductor) start(ctx context.Context, name string, input object) (id string, err error) {
	err = c.call(ctx, http.MethodPost, "/workflow", object{"name": name, "version": 1, "input": input}, &id)
	return id, err
}

// execute starts a workflow and waits for its end in one call.
func (c *conductor) execute(ctx context.Context, name string, input object) (id, status string, err error) {
	var run struct {
		WorkflowID string `json:"workflowId"`
		Status     string `json:"status"`
	}
	err = c.call(ctx, http.MethodPost, "/workflow/execute/"+url.PathEscape(name)+"/1?waitForSeconds=30",
		object{"name": name, "version": 1, "input": input}, &run)
	return run.WorkflowID, run.Status, err
}

func (c *conductor) status(ctx context.Context, id string) (string, error) {
	var w struct {
		Status string `json:"status"`
	}
	err := c.call(ctx, http.MethodGet, "/workflow/"+url.PathEscape(id)+"?includeTasks=false", nil, &w)
	return w.Status, err
}

func (c *conductor) poll(ctx context.Context, taskType, worker string, count int, wait time.Duration) ([]polled, error) {
	query := url.Values{
		"workerid": {worker}, "count": {strconv.Itoa(count)}, "timeout": {strconv.FormatInt(wait.Milliseconds(), 10)},
	}
	var tasks []polled
	err := c.call(ctx, http.MethodGet, "/tasks/poll/batch/"+url.PathEscape(taskType)+"?"+query.Encode(), nil, &tasks)
	return tasks, err
}

func (c *conductor) complete(ctx context.Context, t polled, worker string) error {
	return c.call(ctx, http.MethodPost, "/tasks", object{
		"taskId": t.TaskID, "workflowInstanceId": t.WorkflowID, "workerId": worker, "status": "COMPLETED",
		"outputData": object{"done": true},
	}, nil)
}

// call sends body as JSON and decodes the answer into out; a *string takes an answer in plain text.
func (c *conductor) call(ctx context.Context, method, path string, body, out any) error {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(b)
	}
	base := c.bases[c.turn.Add(1)%uint64(len(c.bases))]
	req, err := http.NewRequestWithContext(ctx, method, base+path, content)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("X-Authorization", c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s: %.200s", method, path, resp.Status, answer)
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *string:
		*out = strings.Trim(string(answer), "\" \n")
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: decode the answer: %w", method, path, err)
	}
	return nil
}
