package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// registry holds all definitions in memory, in front of the store, and the plans made of them.
type registry struct {
	store store.Store

	mu       sync.RWMutex
	defs     map[string]map[int]*workflow.Def
	tasks    map[string]*workflow.TaskDef
	schemas  map[string]map[int]*workflow.SchemaDef
	routes   map[string]*Route
	plans    map[*workflow.Def]*decide.Plan // of registered definitions, until anything is registered
	snapshot *lru.Cache[string, *decide.Plan]
}

// snapshots is how many plans of definitions that executions carry are kept.
const snapshots = 1024

func newRegistry(ctx context.Context, s store.Store) (*registry, error) {
	r := &registry{store: s, defs: map[string]map[int]*workflow.Def{}, tasks: map[string]*workflow.TaskDef{}, schemas: map[string]map[int]*workflow.SchemaDef{}, plans: map[*workflow.Def]*decide.Plan{}}
	var err error
	if r.snapshot, err = lru.New[string, *decide.Plan](snapshots); err != nil {
		return nil, err
	}
	return r, r.reload(ctx)
}

// limited returns the task types whose hand-out is limited.
func (r *registry) limited() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []string
	for name, d := range r.tasks {
		if limitOf(d).Limited() {
			out = append(out, name)
		}
	}
	return out
}

// reload reads everything from the store.
func (r *registry) reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	defs, err := r.store.Defs(ctx)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	tasks, err := r.store.TaskDefs(ctx)
	if err != nil {
		return fmt.Errorf("read task definitions: %w", err)
	}
	schemas, err := r.store.Schemas(ctx)
	if err != nil {
		return fmt.Errorf("read schemas: %w", err)
	}
	if r.routes, err = readRoutes(ctx, r.store); err != nil {
		return err
	}
	clear(r.defs)
	clear(r.tasks)
	clear(r.schemas)
	clear(r.plans)
	for _, d := range defs {
		r.put(d)
	}
	for _, t := range tasks {
		r.tasks[t.Name] = t
	}
	for _, d := range schemas {
		r.putSchema(d)
	}
	return nil
}

func (r *registry) putSchema(d *workflow.SchemaDef) {
	if r.schemas[d.Name] == nil {
		r.schemas[d.Name] = map[int]*workflow.SchemaDef{}
	}
	r.schemas[d.Name][d.Version] = d
}

func (r *registry) dropSchema(name string, version int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.schemas[name], version)
	if len(r.schemas[name]) == 0 {
		delete(r.schemas, name)
	}
}

// Schema implements runner.Definitions.
func (r *registry) Schema(name string, version int) *workflow.SchemaDef {
	r.mu.RLock()
	defer r.mu.RUnlock()
	versions := r.schemas[name]
	if version == 0 {
		for v := range versions {
			version = max(version, v)
		}
	}
	return versions[version]
}

func (r *registry) put(d *workflow.Def) {
	if r.defs[d.Name] == nil {
		r.defs[d.Name] = map[int]*workflow.Def{}
	}
	r.defs[d.Name][d.Version] = d
}

// TaskDef implements runner.Definitions.
func (r *registry) TaskDef(name string) *workflow.TaskDef {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tasks[name]
}

// Limit implements runner.Definitions.
func (r *registry) Limit(name string) queue.Limit {
	d := r.TaskDef(name)
	if d == nil {
		return queue.Limit{}
	}
	return limitOf(d)
}

func limitOf(d *workflow.TaskDef) queue.Limit {
	l := queue.Limit{Rate: d.RateLimitPerFrequency, Per: time.Duration(d.RateLimitFrequencyInSeconds) * time.Second}
	if d.ConcurrentExecLimit != nil {
		l.Concurrent = *d.ConcurrentExecLimit
	}
	return l
}

// Def implements runner.Definitions.
func (r *registry) Def(name string, version int) *workflow.Def {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.def(name, version)
}

func (r *registry) def(name string, version int) *workflow.Def {
	versions := r.defs[name]
	if version == 0 {
		for v := range versions {
			version = max(version, v)
		}
	}
	return versions[version]
}

// Plan implements runner.Definitions: it fills in the registered task definitions and the versions of sub-workflows, as they
// are now, and compiles. The plan of a registered definition is kept until something is registered.
func (r *registry) Plan(def *workflow.Def) (*decide.Plan, error) {
	r.mu.RLock()
	plan := r.plans[def]
	registered := r.defs[def.Name][def.Version] == def
	r.mu.RUnlock()
	if plan != nil {
		return plan, nil
	}
	full, err := clone(def)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing string
	full.Walk(func(t *workflow.DefTask) {
		if t.TaskDefinition == nil {
			t.TaskDefinition = r.tasks[t.Name]
		}
		if p := t.SubWorkflowParam; t.Type == workflow.TypeSubWorkflow && p != nil && p.WorkflowDefinition == nil && !dynamicText(p.Name) {
			version := 0
			if p.Version != nil {
				version = *p.Version
			}
			sub := r.def(p.Name, version)
			if sub == nil && p.Version == nil && missing == "" { // of a version that is not there, the task fails when it is reached
				missing = p.Name
			}
			if sub != nil && p.Version == nil {
				p.Version = &sub.Version
			}
		}
	})
	if missing != "" {
		return nil, workflow.Errorf(workflow.NotFound, "No such workflow defined. name=%s (sub-workflow of %s)", missing, def.Name)
	}
	if plan, err = decide.Compile(full); err != nil {
		return nil, err
	}
	if registered && r.defs[def.Name][def.Version] == def {
		r.plans[def] = plan
	}
	r.snapshot.Add(plan.Hash, plan)
	return plan, nil
}

// SnapshotPlan implements runner.Definitions.
func (r *registry) SnapshotPlan(hash string, b []byte) (*decide.Plan, error) {
	if p, ok := r.snapshot.Get(hash); ok {
		return p, nil
	}
	def := &workflow.Def{}
	if err := json.Unmarshal(b, def); err != nil {
		return nil, fmt.Errorf("definition %s: %w", hash, err)
	}
	p, err := decide.Compile(def)
	if err != nil {
		return nil, err
	}
	r.snapshot.Add(hash, p)
	return p, nil
}

func dynamicText(s string) bool {
	for i := range len(s) - 1 {
		if s[i] == '$' && s[i+1] == '{' {
			return true
		}
	}
	return false
}

// clone copies a definition through its JSON, which also fills in defaults that Go callers leave out.
func clone(d *workflow.Def) (*workflow.Def, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "workflow definition: %v", err)
	}
	out := &workflow.Def{}
	if err := json.Unmarshal(b, out); err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "workflow definition: %v", err)
	}
	return out, nil
}

// PutWorkflowDef registers a version of a workflow definition. One that exists is a Conflict unless overwrite is set; running
// executions keep the definition that they started with.
func (e *Engine) PutWorkflowDef(ctx context.Context, def *workflow.Def, overwrite bool) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "PutWorkflowDef", def, overwrite); ok {
		return err
	}
	d, err := clone(def)
	if err != nil {
		return err
	}
	if err := d.Validate(e.checks()); err != nil {
		return err
	}
	r := e.defs
	defer e.changed(ctx, &err)
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.defs[d.Name][d.Version]
	if old != nil && !overwrite {
		return workflow.Errorf(workflow.Conflict, "Workflow with %s.%d already exists!", d.Name, d.Version)
	}
	now := e.clock.Now().UnixMilli()
	if d.CreateTime, d.UpdateTime = now, 0; old != nil {
		d.CreateTime, d.UpdateTime = old.CreateTime, now
	}
	if err := e.store.PutDefs(ctx, d); err != nil {
		return fmt.Errorf("store definition: %w", err)
	}
	r.put(d)
	clear(r.plans)
	return nil
}

// WorkflowDef returns a version of a definition; version 0 is the latest.
func (e *Engine) WorkflowDef(_ context.Context, name string, version int) (*workflow.Def, error) {
	if d := e.defs.Def(name, version); d != nil {
		return d, nil
	}
	if version == 0 {
		return nil, workflow.Errorf(workflow.NotFound, "No such workflow found by name: %s, version: null", name)
	}
	return nil, workflow.Errorf(workflow.NotFound, "No such workflow found by name: %s, version: %d", name, version)
}

// WorkflowDefs returns all versions of all definitions, by name and version.
func (e *Engine) WorkflowDefs(context.Context) ([]*workflow.Def, error) {
	e.defs.mu.RLock()
	defer e.defs.mu.RUnlock()
	var out []*workflow.Def
	for _, versions := range e.defs.defs {
		out = slices.AppendSeq(out, maps.Values(versions))
	}
	slices.SortFunc(out, func(a, b *workflow.Def) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return out, nil
}

// DeleteWorkflowDef removes a version of a definition; running executions go on.
func (e *Engine) DeleteWorkflowDef(ctx context.Context, name string, version int) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteWorkflowDef", name, version); ok {
		return err
	}
	defer e.changed(ctx, &err)
	if err := e.defs.deleteDef(ctx, name, version); err != nil || e.defs.Def(name, 0) != nil {
		return err
	}
	return e.dropTags(ctx, TagWorkflow, name)
}

func (r *registry) deleteDef(ctx context.Context, name string, version int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.defs[name][version] == nil {
		return workflow.Errorf(workflow.NotFound, "No such workflow definition: %s version: %d", name, version)
	}
	if r.routed(name, version) {
		return workflow.Errorf(workflow.Conflict, "Version %d of %s has a share of the starts; change the route first", version, name)
	}
	if err := r.store.DeleteDef(ctx, name, version); err != nil {
		return fmt.Errorf("delete definition: %w", err)
	}
	delete(r.defs[name], version)
	if len(r.defs[name]) == 0 {
		delete(r.defs, name)
	}
	clear(r.plans)
	return nil
}

// PutTaskDefs registers task definitions, in place of those with the same names.
func (e *Engine) PutTaskDefs(ctx context.Context, defs []*workflow.TaskDef) error {
	if _, err, ok := pass[none](ctx, e, definitions, "PutTaskDefs", defs); ok {
		return err
	}
	return e.putTaskDefs(ctx, defs, func(d, _ *workflow.TaskDef, now int64) {
		d.CreateTime, d.UpdateTime, d.UpdatedBy = now, 0, ""
	})
}

// UpdateTaskDef changes a registered task definition.
func (e *Engine) UpdateTaskDef(ctx context.Context, def *workflow.TaskDef) error {
	if _, err, ok := pass[none](ctx, e, definitions, "UpdateTaskDef", def); ok {
		return err
	}
	if err := def.Validate(e.checks()); err != nil {
		return err
	}
	if e.defs.TaskDef(def.Name) == nil {
		return workflow.Errorf(workflow.NotFound, "No such task by name %s", def.Name)
	}
	return e.putTaskDefs(ctx, []*workflow.TaskDef{def}, func(d, old *workflow.TaskDef, now int64) {
		if d.CreateTime, d.UpdateTime = now, now; old != nil {
			d.CreateTime, d.CreatedBy = old.CreateTime, old.CreatedBy
		}
	})
}

func (e *Engine) putTaskDefs(ctx context.Context, defs []*workflow.TaskDef, stamp func(d, old *workflow.TaskDef, now int64)) (err error) {
	if len(defs) == 0 {
		return workflow.Errorf(workflow.Invalid, "the list of task definitions is empty")
	}
	for _, d := range defs {
		if err := d.Validate(e.checks()); err != nil {
			return err
		}
	}
	defer e.changed(ctx, &err)
	stamped, err := e.defs.putTasks(ctx, defs, e.checks(), e.clock.Now().UnixMilli(), stamp)
	for _, d := range stamped {
		e.queue.Limited(d.Name)
	}
	return err
}

func (r *registry) putTasks(ctx context.Context, defs []*workflow.TaskDef, checks workflow.Checks, now int64, stamp func(d, old *workflow.TaskDef, now int64)) ([]*workflow.TaskDef, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stamped := make([]*workflow.TaskDef, len(defs))
	for i, d := range defs {
		c := *d
		stamp(&c, r.tasks[d.Name], now)
		stamped[i] = &c
	}
	if err := r.store.PutTaskDefs(ctx, stamped...); err != nil {
		return nil, fmt.Errorf("store task definitions: %w", err)
	}
	for _, d := range stamped {
		r.tasks[d.Name] = d
	}
	clear(r.plans)
	return stamped, nil
}

// TaskDef returns a task definition.
func (e *Engine) TaskDef(_ context.Context, name string) (*workflow.TaskDef, error) {
	if d := e.defs.TaskDef(name); d != nil {
		return d, nil
	}
	return nil, workflow.Errorf(workflow.NotFound, "No such taskType found by name: %s", name)
}

// TaskDefs returns all task definitions by name.
func (e *Engine) TaskDefs(context.Context) ([]*workflow.TaskDef, error) {
	e.defs.mu.RLock()
	defer e.defs.mu.RUnlock()
	out := slices.Collect(maps.Values(e.defs.tasks))
	slices.SortFunc(out, func(a, b *workflow.TaskDef) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// DeleteTaskDef removes a task definition.
func (e *Engine) DeleteTaskDef(ctx context.Context, name string) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteTaskDef", name); ok {
		return err
	}
	defer e.changed(ctx, &err)
	if err := e.defs.deleteTask(ctx, name); err != nil {
		return err
	}
	e.queue.Limited(name)
	return e.dropTags(ctx, TagTask, name)
}

func (r *registry) deleteTask(ctx context.Context, name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tasks[name] == nil {
		return workflow.Errorf(workflow.NotFound, "No such taskType found by name: %s", name)
	}
	if err := r.store.DeleteTaskDef(ctx, name); err != nil {
		return fmt.Errorf("delete task definition: %w", err)
	}
	delete(r.tasks, name)
	clear(r.plans)
	return nil
}
