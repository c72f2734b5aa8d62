package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// nullServer answers the calls of the scenarios from memory: it stores nothing, evaluates nothing, and knows no rules but
// the order of the tasks. What it reaches on a machine is the ceiling there: the cost of HTTP, JSON and this load program.
type nullServer struct {
	mu     sync.Mutex
	defs   map[string]nullDef
	flows  map[string]*nullFlow
	queues map[string]*nullQueue
}

type nullDef struct {
	Name  string `json:"name"`
	Tasks []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"tasks"`
}

// nullFlow is a workflow: the task types that it still hands out one after the other, or the open branches of its fork.
type nullFlow struct {
	input taskInput
	next  []string
	open  int
}

func newNullServer() http.Handler {
	s := &nullServer{defs: map[string]nullDef{}, flows: map[string]*nullFlow{}, queues: map[string]*nullQueue{}}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"POST /api/token":                             s.token,
		"POST /api/metadata/taskdefs":                 s.ignore,
		"POST /api/metadata/workflow":                 s.define,
		"POST /api/workflow":                          s.start,
		"POST /api/workflow/execute/{name}/{version}": s.execute,
		"GET /api/workflow/{id}":                      s.look,
		"GET /api/tasks/poll/batch/{type}":            s.poll,
		"POST /api/tasks":                             s.update,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, r, handle) })
	}
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"healthy":true}`) })
	return mux
}

func answer(w http.ResponseWriter, r *http.Request, handle func(*http.Request) (any, error)) {
	out, err := handle(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if text, ok := out.(string); ok {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, text)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		return // the caller is gone
	}
}

func (s *nullServer) token(*http.Request) (any, error) { return object{"token": "null"}, nil }

func (s *nullServer) ignore(r *http.Request) (any, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return "", err
}

func (s *nullServer) define(r *http.Request) (any, error) {
	var def nullDef
	if err := json.NewDecoder(r.Body).Decode(&def); err != nil {
		return nil, err
	}
	if len(def.Tasks) == 0 {
		return nil, errors.New("tasks: missing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.defs[def.Name] = def
	return "", nil
}

type nullStart struct {
	Name  string `json:"name"`
	Input struct {
		taskInput
		Branches []struct {
			Name string `json:"name"`
		} `json:"branches"`
	} `json:"input"`
}

func (s *nullServer) start(r *http.Request) (any, error) {
	var req nullStart
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begin(req)
}

func (s *nullServer) begin(req nullStart) (id string, err error) {
	def, ok := s.defs[req.Name]
	if !ok {
		return "", fmt.Errorf("name: %s is not defined", req.Name)
	}
	id = "null-" + strconv.Itoa(len(s.flows))
	f := &nullFlow{input: req.Input.taskInput}
	s.flows[id] = f
	switch def.Tasks[0].Type {
	case "SIMPLE":
		for _, t := range def.Tasks {
			f.next = append(f.next, t.Name)
		}
		s.advance(id, f)
	case "FORK_JOIN_DYNAMIC":
		f.open = len(req.Input.Branches)
		for i, b := range req.Input.Branches {
			s.queue(b.Name).push(polled{TaskID: id + "/" + strconv.Itoa(i), WorkflowID: id, Input: f.input})
		}
	}
	return id, nil
}

func (s *nullServer) advance(id string, f *nullFlow) {
	if len(f.next) == 0 {
		return
	}
	f.open = 1
	s.queue(f.next[0]).push(polled{TaskID: id + "/" + strconv.Itoa(len(f.next)), WorkflowID: id, Input: f.input})
	f.next = f.next[1:]
}

func (s *nullServer) execute(r *http.Request) (any, error) {
	id, err := s.start(r)
	return object{"workflowId": id, "status": completed}, err
}

func (s *nullServer) look(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.flows[r.PathValue("id")]
	switch {
	case !ok:
		return nil, fmt.Errorf("id: no workflow %s", r.PathValue("id"))
	case f.open > 0:
		return object{"workflowId": r.PathValue("id"), "status": "RUNNING"}, nil
	}
	return object{"workflowId": r.PathValue("id"), "status": completed}, nil
}

func (s *nullServer) update(r *http.Request) (any, error) {
	var t polled
	if err := json.NewDecoder(r.Body).Decode(&t); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.flows[t.WorkflowID]
	if !ok {
		return nil, fmt.Errorf("workflowInstanceId: no workflow %s", t.WorkflowID)
	}
	f.open--
	s.advance(t.WorkflowID, f)
	return t.TaskID, nil
}

func (s *nullServer) poll(r *http.Request) (any, error) {
	count, err := strconv.Atoi(r.URL.Query().Get("count"))
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	wait, err := strconv.Atoi(r.URL.Query().Get("timeout"))
	if err != nil {
		return nil, fmt.Errorf("timeout: %w", err)
	}
	s.mu.Lock()
	q := s.queue(r.PathValue("type"))
	s.mu.Unlock()
	timeout := time.NewTimer(time.Duration(wait) * time.Millisecond)
	defer timeout.Stop()
	for {
		tasks, more := q.take(count)
		if len(tasks) > 0 {
			return tasks, nil
		}
		select {
		case <-more:
		case <-timeout.C:
			return []polled{}, nil
		case <-r.Context().Done():
			return []polled{}, nil
		}
	}
}

// queue is the queue of a task type; the caller holds the lock.
func (s *nullServer) queue(taskType string) *nullQueue {
	q, ok := s.queues[taskType]
	if !ok {
		q = &nullQueue{more: make(chan struct{})}
		s.queues[taskType] = q
	}
	return q
}

type nullQueue struct {
	mu    sync.Mutex
	ready []polled
	more  chan struct{} // closed at the next push
}

func (q *nullQueue) push(t polled) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, t)
	if len(q.ready) == 1 {
		close(q.more)
		q.more = make(chan struct{})
	}
}

// take removes up to count tasks; when there are none, more is closed as soon as there are.
func (q *nullQueue) take(count int) (tasks []polled, more <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(count, len(q.ready))
	tasks, q.ready = q.ready[:n:n], q.ready[n:]
	return tasks, q.more
}
