package engine

import (
	"context"
	"crypto/md5" //nolint:gosec // a name-based UUID (version 3) is MD5 by definition; nothing secret depends on it
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/internal/schema"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// checks are what a definition passes before it is registered or run.
func (e *Engine) checks() workflow.Checks {
	return workflow.Checks{
		Script:   expr.CheckJavaScript,
		JQ:       expr.CheckJQ,
		Duration: func(s string) error { _, err := expr.ParseDuration(s); return err },
		Until:    func(s string) error { _, err := expr.ParseUntil(s, time.UTC); return err },
		TaskDef:  e.defs.TaskDef,
		Schema:   schema.Compile,
		Archives: e.payloads.Store != nil,
	}
}

// ValidateWorkflowDef checks a definition as PutWorkflowDef does, and registers nothing.
func (e *Engine) ValidateWorkflowDef(_ context.Context, def *workflow.Def) error {
	return def.Validate(e.checks())
}

// childID is the id of the execution that a START_WORKFLOW task starts.
func childID(taskID string) string { return home.With(taskID, nameID("start:"+taskID)) }

// nameID derives an id from a text, so that a repeated effect meets its first result.
func nameID(text string) string {
	return uuid.NewHash(md5.New(), uuid.Nil, []byte(text), 3).String() //nolint:gosec // see the import
}

// Start begins an execution and returns its id when its first step is durable. With an idempotency key, a request that
// repeats one is answered by its strategy: RETURN_EXISTING with the first one's id, FAIL with a Conflict, FAIL_ON_RUNNING
// with a Conflict while the first one is open.
func (e *Engine) Start(ctx context.Context, req *workflow.StartRequest) (string, error) {
	if req.IdempotencyKey == "" {
		id := e.runner.NewID()
		return id, e.start(ctx, id, req, true)
	}
	name := req.Name
	if req.WorkflowDef != nil {
		name = req.WorkflowDef.Name
	}
	return e.startKeyed(ctx, name, req)
}

// keyID is the id of the nth execution with an idempotency key.
func keyID(name, key string, n int) string {
	return uuid.NewHash(md5.New(), uuid.Nil, fmt.Appendf(nil, "key:%s:%s:%d", name, key, n), 3).String() //nolint:gosec // see the import
}

// startKeyed derives the id from the key, so that the store itself keeps two starts from both succeeding.
func (e *Engine) startKeyed(ctx context.Context, name string, req *workflow.StartRequest) (string, error) {
	first := keyID(name, req.IdempotencyKey, 0)
	if out, err, ok := pass[string](ctx, e, first, "Start", req); ok {
		return out, err
	}
	for n := 0; ; n++ {
		id := home.With(first, keyID(name, req.IdempotencyKey, n))
		err := e.start(ctx, id, req, false)
		if !runner.IsExists(err) {
			return id, err
		}
		var status workflow.Status
		if err := e.runner.View(ctx, id, func(s *decide.State) { status = s.Status }); err != nil {
			return "", err
		}
		switch req.IdempotencyStrategy {
		case "RETURN_EXISTING":
			return id, nil
		case "FAIL_ON_RUNNING":
			if status.Terminal() {
				continue
			}
			return "", workflow.Errorf(workflow.Conflict, "Workflow %s with idempotency key %q is still running: %s", name, req.IdempotencyKey, id)
		default:
			return "", workflow.Errorf(workflow.Conflict, "A workflow %s with idempotency key %q exists: %s", name, req.IdempotencyKey, id)
		}
	}
}

// StartWithID begins an execution with an id of the caller's; an id that exists is left alone.
func (e *Engine) StartWithID(ctx context.Context, id string, req *workflow.StartRequest) error {
	if id == "" || len(id) > 128 || strings.ContainsRune(id, 0) {
		return workflow.Errorf(workflow.Invalid, "workflowId: must be 1 to 128 characters")
	}
	if _, err, ok := pass[none](ctx, e, id, "StartWithID", id, req); ok {
		return err
	}
	if err := e.start(ctx, id, req, false); err != nil && !runner.IsExists(err) {
		return err
	}
	return nil
}

// startFrom is StartWithID for a task: the new execution may use the secrets that the task may use. With an idempotency key it is
// Start.
func (e *Engine) startFrom(ctx context.Context, t *workflow.Task, id string, req *workflow.StartRequest) (string, error) {
	if req.IdempotencyKey != "" {
		return e.startKeyedFrom(ctx, t, req)
	}
	origin := decide.Origin{ID: id}
	if err := e.runner.View(ctx, t.WorkflowInstanceID, func(s *decide.State) {
		if starter := s.Task(t.TaskID); starter != nil {
			origin.Secrets = s.SecretsOf(starter)
		}
	}); err != nil {
		return "", err
	}
	if err := e.startAs(ctx, origin, req, false); err != nil && !runner.IsExists(err) {
		return "", err
	}
	return id, nil
}

// startKeyedFrom is Start for a task. The execution says which task began it, as a task that runs again after a crash must not
// take its own execution for another one with its key.
func (e *Engine) startKeyedFrom(ctx context.Context, t *workflow.Task, req *workflow.StartRequest) (string, error) {
	own := *req
	own.CreatedBy = "task:" + t.TaskID
	id, err := e.Start(ctx, &own)
	if workflow.KindOf(err) != workflow.Conflict {
		return id, err
	}
	name := req.Name
	if req.WorkflowDef != nil {
		name = req.WorkflowDef.Name
	}
	for n := 0; ; n++ {
		id := home.With(keyID(name, req.IdempotencyKey, 0), keyID(name, req.IdempotencyKey, n))
		switch x, viewErr := e.Execution(ctx, id, false); {
		case viewErr != nil: // that was the last one
			return "", err
		case x.CreatedBy == own.CreatedBy:
			return id, nil
		}
	}
}

func (e *Engine) start(ctx context.Context, id string, req *workflow.StartRequest, fresh bool) error {
	return e.startAs(ctx, decide.Origin{ID: id}, req, fresh)
}

func (e *Engine) startAs(ctx context.Context, origin decide.Origin, req *workflow.StartRequest, fresh bool) error {
	if err := req.Validate(); err != nil {
		return err
	}
	if path := req.ExternalInputPayloadStoragePath; path != "" {
		input, err := e.uploaded(ctx, path, "externalInputPayloadStoragePath")
		if err != nil {
			return err
		}
		with := *req
		with.Input, with.ExternalInputPayloadStoragePath = input, ""
		req = &with
	}
	if strings.ContainsRune(req.CorrelationID, 0) {
		return workflow.Errorf(workflow.Invalid, "correlationId: must not hold a NUL character")
	}
	if req.WorkflowDef != nil {
		if err := req.WorkflowDef.Validate(e.checks()); err != nil {
			return err
		}
	}
	if req.WorkflowDef == nil && (req.Version == nil || *req.Version == 0) {
		if version := e.defs.version(req.Name, origin.ID); version > 0 {
			with := *req
			with.Version = &version
			req = &with
		}
	}
	return e.runner.StartRequest(ctx, req, origin, fresh)
}

// Execution returns an execution, with its tasks if asked; one that retention has removed, from its archive.
func (e *Engine) Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error) {
	if out, err, ok := pass[*workflow.Execution](ctx, e, id, "Execution", id, includeTasks); ok {
		return out, err
	}
	view := e.runner.Glance
	if includeTasks {
		view = e.runner.View
	}
	var out *workflow.Execution
	show := func(s *decide.State) { out = s.Execution(includeTasks).Brief() }
	err := e.born(ctx, id, func() error { return view(ctx, id, show) })
	if workflow.KindOf(err) == workflow.NotFound {
		return e.archived(ctx, id, includeTasks, err)
	}
	return out, err
}

// Pause stops an execution after what is in progress.
func (e *Engine) Pause(ctx context.Context, id string) error {
	if _, err, ok := pass[none](ctx, e, id, "Pause", id); ok {
		return err
	}
	return e.step(ctx, id, (*decide.State).Pause)
}

// Resume lets a paused execution go on.
func (e *Engine) Resume(ctx context.Context, id string) error {
	if _, err, ok := pass[none](ctx, e, id, "Resume", id); ok {
		return err
	}
	return e.step(ctx, id, (*decide.State).Resume)
}

// Terminate ends an execution. A completed one is a Conflict, a terminated one is left alone.
func (e *Engine) Terminate(ctx context.Context, id, reason string) error {
	if _, err, ok := pass[none](ctx, e, id, "Terminate", id, reason); ok {
		return err
	}
	return e.step(ctx, id, func(s *decide.State) error { return s.Terminate(reason) })
}

// Restart runs an ended execution from its beginning, with the latest definition if asked.
func (e *Engine) Restart(ctx context.Context, id string, useLatest bool) error {
	if _, err, ok := pass[none](ctx, e, id, "Restart", id, useLatest); ok {
		return err
	}
	return e.again(ctx, id, func(s *decide.State) error {
		plan := s.Plan()
		if useLatest {
			def := e.defs.Def(s.Name, 0)
			if def == nil {
				return workflow.Errorf(workflow.NotFound, "No such workflow found by name: %s", s.Name)
			}
			var err error
			if plan, err = e.defs.Plan(def); err != nil {
				return err
			}
		}
		return s.Restart(plan)
	})
}

// Retry makes new attempts of the tasks that failed. With resumeSubworkflows a failed sub-workflow is retried itself, where
// it failed, instead of being started anew.
func (e *Engine) Retry(ctx context.Context, id string, resumeSubworkflows bool) error {
	if _, err, ok := pass[none](ctx, e, id, "Retry", id, resumeSubworkflows); ok {
		return err
	}
	if resumeSubworkflows {
		if resumed, err := e.resumeChild(ctx, id); resumed || err != nil {
			return err
		}
	}
	return e.again(ctx, id, (*decide.State).Retry)
}

// resumeChild retries the first sub-workflow that did not succeed in an execution that has ended; it reports whether there is
// one. A sub-workflow whose task was cancelled before it could begin, or that had succeeded by then, is none that could go on.
func (e *Engine) resumeChild(ctx context.Context, id string) (bool, error) {
	var children []string
	err := e.runner.View(ctx, id, func(s *decide.State) {
		for _, t := range s.Failed() {
			if s.Status.Terminal() && t.Type == workflow.TypeSubWorkflow && t.SubWorkflowID != "" {
				children = append(children, t.SubWorkflowID)
			}
		}
	})
	for _, child := range children {
		var done, unheard bool
		read := func() error {
			return e.runner.View(ctx, child, func(s *decide.State) {
				done, unheard = s.Status == workflow.Completed, s.Outstanding().ReviveParent
			})
		}
		if readErr := read(); workflow.KindOf(readErr) == workflow.NotFound {
			continue
		} else if readErr != nil {
			return false, readErr
		}
		if !done {
			return true, e.Retry(ctx, child, true)
		}
		if !unheard {
			continue
		}
		// It was retried before, has succeeded since, and the news has not come here yet: a new attempt would do its work twice.
		e.runner.Told(ctx, child)
		if readErr := read(); readErr != nil {
			return false, readErr
		}
		if unheard {
			return false, workflow.Errorf(workflow.Busy, "the sub-workflow %s has completed and workflow %s is about to go on with that; try again", child, id)
		}
		return true, nil
	}
	return false, err
}

// again makes an ended execution run again, and with it those that it is a sub-workflow of.
func (e *Engine) again(ctx context.Context, id string, step func(*decide.State) error) error {
	err := e.step(ctx, id, step)
	if err == nil {
		e.runner.Told(ctx, id)
	}
	return err
}

// Rerun runs an ended execution again from a task of its own or of one of its sub-workflows, or from the start.
func (e *Engine) Rerun(ctx context.Context, id string, req *workflow.RerunRequest) error {
	if _, err, ok := pass[none](ctx, e, id, "Rerun", id, req); ok {
		return err
	}
	if req.ReRunFromTaskID != "" {
		owner, _, err := e.store.FindTask(ctx, req.ReRunFromTaskID)
		if err == nil && owner != id && e.descends(ctx, owner, id) {
			inner := *req
			inner.WorkflowInput, inner.CorrelationID = nil, ""
			return e.again(ctx, owner, func(s *decide.State) error { return s.Rerun(&inner) })
		}
	}
	return e.again(ctx, id, func(s *decide.State) error { return s.Rerun(req) })
}

// descends reports whether an execution is a sub-workflow below another.
func (e *Engine) descends(ctx context.Context, id, ancestor string) bool {
	for id != "" {
		var parent string
		if err := e.runner.View(ctx, id, func(s *decide.State) { parent = s.ParentID }); err != nil {
			return false
		}
		if parent == ancestor {
			return true
		}
		id = parent
	}
	return false
}

// SkipTask marks a task that the flow has not reached as done.
func (e *Engine) SkipTask(ctx context.Context, id, ref string, req *workflow.SkipRequest) error {
	if _, err, ok := pass[none](ctx, e, id, "SkipTask", id, ref, req); ok {
		return err
	}
	return e.step(ctx, id, func(s *decide.State) error { return s.Skip(ref, req) })
}

// ResetCallbacks makes every delayed worker task of an execution available now.
func (e *Engine) ResetCallbacks(ctx context.Context, id string) error {
	if _, err, ok := pass[none](ctx, e, id, "ResetCallbacks", id); ok {
		return err
	}
	return e.step(ctx, id, (*decide.State).ResetCallbacks)
}

// SetVariables lays values over an execution's variables.
func (e *Engine) SetVariables(ctx context.Context, id string, vars workflow.Payload) error {
	if _, err, ok := pass[none](ctx, e, id, "SetVariables", id, vars); ok {
		return err
	}
	return e.step(ctx, id, func(s *decide.State) error { return s.SetVariables(vars) })
}

// PushMessage leaves a message for the PULL_WORKFLOW_MESSAGES tasks of a running execution and returns the message's id.
func (e *Engine) PushMessage(ctx context.Context, id string, message workflow.Payload) (string, error) {
	if out, err, ok := pass[string](ctx, e, id, "PushMessage", id, message); ok {
		return out, err
	}
	var messageID string
	err := e.step(ctx, id, func(s *decide.State) (err error) {
		messageID, err = s.Push(message)
		return err
	})
	return messageID, err
}

// Search returns a page of executions.
func (e *Engine) Search(ctx context.Context, s Search) (*Page[*workflow.Summary], error) {
	q, err := s.parse(search.WorkflowFields)
	if err != nil {
		return nil, err
	}
	start, size, err := s.page()
	if err != nil {
		return nil, err
	}
	if s.Workflows != nil && len(s.Workflows) == 0 {
		return &Page[*workflow.Summary]{}, nil
	}
	results, total, err := e.store.Search(ctx, q, start, size)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return &Page[*workflow.Summary]{Total: total, Results: results}, nil
}

func (s Search) parse(fields []string) (*search.Query, error) {
	q, err := search.Parse(s.Query, s.FreeText, s.Sort, fields)
	if err == nil && s.Workflows != nil {
		q.Restrict("workflowType", s.Workflows)
	}
	return q, err
}

func (s Search) page() (start, size int, err error) {
	if s.Start < 0 {
		return 0, 0, &workflow.Error{
			Kind: workflow.Invalid, Message: "A search cannot start before its first match.",
			Violations: []workflow.Violation{{Path: "start", Message: "must not be negative", InvalidValue: fmt.Sprint(s.Start)}},
		}
	}
	if s.Size < 0 || s.Size > 5000 {
		return 0, 0, &workflow.Error{
			Kind: workflow.Invalid, Message: "Cannot return more than 5000 workflows. Please use pagination.",
			Violations: []workflow.Violation{{Path: "size", Message: "must be between 0 and 5000", InvalidValue: fmt.Sprint(s.Size)}},
		}
	}
	switch {
	case s.TotalOnly:
		return s.Start, 0, nil
	case s.Size == 0:
		return s.Start, 100, nil
	}
	return s.Start, s.Size, nil
}

// Correlated returns the executions of a definition with a correlation id, newest first; name "" means any definition.
func (e *Engine) Correlated(ctx context.Context, name, correlationID string, includeClosed, includeTasks bool) ([]*workflow.Execution, error) {
	var parts []string
	if name != "" {
		parts = append(parts, "workflowType = "+search.Quote(name))
	}
	if !includeClosed {
		parts = append(parts, "status IN (RUNNING,PAUSED)")
	}
	parts = append(parts, "correlationId = "+search.Quote(correlationID))
	page, err := e.Search(ctx, Search{Query: strings.Join(parts, " AND "), Size: 5000})
	if err != nil {
		return nil, err
	}
	out := []*workflow.Execution{}
	for _, sum := range page.Results {
		x, err := e.Execution(ctx, sum.WorkflowID, includeTasks)
		if workflow.KindOf(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Running returns the ids of the open executions of a definition; version 0 means all versions.
func (e *Engine) Running(ctx context.Context, name string, version int) ([]string, error) {
	query := "status IN (RUNNING,PAUSED) AND workflowType = " + search.Quote(name)
	if version > 0 {
		query += fmt.Sprintf(" AND version = %d", version)
	}
	page, err := e.Search(ctx, Search{Query: query, Size: 5000})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(page.Results))
	for i, sum := range page.Results {
		ids[i] = sum.WorkflowID
	}
	return ids, nil
}

// Counts returns the number of executions by status.
func (e *Engine) Counts(ctx context.Context) (map[workflow.Status]int64, error) {
	return e.store.Counts(ctx)
}

// Await returns when an execution has ended, when a WAIT or HUMAN task without an end of its own blocks it (or one of its
// sub-workflows), when a task named in until has ended, or when the wait is over.
func (e *Engine) Await(ctx context.Context, id string, until []string, wait time.Duration) (*Awaited, error) {
	if out, err, ok := pass[*Awaited](ctx, e, id, "Await", id, until, wait); ok {
		return out, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := e.runner.Watch(ctx, id)
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	// A sub-workflow's changes are not the parent's, so a child that blocks is looked for at intervals too.
	children := time.NewTicker(50 * time.Millisecond)
	defer children.Stop()
	for {
		a, err := e.look(ctx, id, until)
		if err != nil || a.Execution.Status.Terminal() || a.Blocking != nil {
			return a, err
		}
		select {
		case <-changes:
		case <-children.C:
		case <-deadline.C:
			a.TimedOut = true
			return a, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (e *Engine) look(ctx context.Context, id string, until []string) (*Awaited, error) {
	a := &Awaited{}
	var children []string
	err := e.runner.View(ctx, id, func(s *decide.State) {
		for _, t := range s.Tasks() {
			switch {
			case slices.Contains(until, t.Ref) && t.Status.Terminal() && !t.Retried,
				!s.Status.Terminal() && t.Blocks():
				if a.Blocking == nil {
					a.Blocking = s.View(t).Brief()
				}
			case t.Type == workflow.TypeSubWorkflow && !t.Status.Terminal() && t.SubWorkflowID != "":
				children = append(children, t.SubWorkflowID)
			}
		}
		a.Execution = s.Execution(true).Brief()
	})
	if err != nil {
		return nil, err
	}
	a.BlockedIn = a.Execution
	for _, child := range children {
		if a.Blocking != nil || a.Execution.Status.Terminal() {
			break
		}
		inner, err := e.look(ctx, child, until)
		if workflow.KindOf(err) == workflow.NotFound {
			continue // it is being started
		}
		if err != nil {
			return nil, err
		}
		if inner.Blocking != nil {
			a.Blocking, a.BlockedIn = inner.Blocking, inner.BlockedIn
		}
	}
	return a, nil
}

// Watch returns the changes of an execution, "" for all, from now on; it is closed when ctx or the engine ends.
func (e *Engine) Watch(ctx context.Context, id string) <-chan Change {
	out := make(chan Change)
	in := e.runner.Watch(ctx, id)
	go func() {
		defer close(out)
		if e.nodes != nil {
			var others sync.WaitGroup
			defer others.Wait()
			others.Go(func() { e.watchNodes(ctx, id, out) })
		}
		for c := range in {
			select {
			case out <- Change(c):
			case <-ctx.Done():
			}
		}
	}()
	return out
}

// errNoTask is the error for a task that does not exist.
func errNoTask(id string) error {
	return workflow.Errorf(workflow.NotFound, "Task not found for taskId: %s", id)
}
