package decide

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Env is what a step needs from outside.
type Env struct {
	Context      context.Context // ends scripts
	Now          int64           // epoch milliseconds
	NewID        func() string
	Rand         func(n int64) int64                 // uniform in [0,n)
	TaskDef      func(name string) *workflow.TaskDef // nil when not registered
	ActiveDomain func(taskType, domain string) bool  // polled within the last seconds
	ScriptLimit  time.Duration                       // of one script or query
	LoopLimit    int                                 // iterations of a loop that waits for nothing; 0: no limit
	MaxPayload   int                                 // bytes of one payload; 0: MaxPayload
	// Schema looks up a registered schema, version 0 being the latest; nil when there is none.
	Schema func(name string, version int) *workflow.SchemaDef
	// Place gives an execution one of the places of a key and reports whether there was one, or it has one; nil: there is
	// no limit.
	Place     func(key, id string, limit int) bool
	Publishes bool // somebody wants the events of onStateChange
	// Kept looks up the output that is kept for a task and key; nil: none are kept.
	Kept      func(task, key string, now int64) (workflow.Payload, bool)
	Variables expr.Env // ${workflow.env.NAME}
	Secrets   expr.Env // ${workflow.secrets.NAME}, for operators that run inside of a step
}

// Header is the small row of an execution: all that is neither input, variables, output nor task.
type Header struct {
	ID             string            `json:"id"`
	Rev            int64             `json:"rev"`  // grows with each step
	Plan           string            `json:"plan"` // hash of the definition's snapshot
	Name           string            `json:"name"`
	Version        int               `json:"version"`
	Status         workflow.Status   `json:"status"`
	CreateTime     int64             `json:"createTime"`
	UpdateTime     int64             `json:"updateTime"`
	EndTime        int64             `json:"endTime,omitempty"`
	LastRetried    int64             `json:"lastRetried,omitempty"`
	ParentID       string            `json:"parentId,omitempty"`
	ParentTaskID   string            `json:"parentTaskId,omitempty"`
	CorrelationID  string            `json:"correlationId,omitempty"`
	Reason         string            `json:"reason,omitempty"`
	Event          string            `json:"event,omitempty"`
	TaskToDomain   map[string]string `json:"taskToDomain,omitempty"`
	Priority       int               `json:"priority,omitempty"`
	FailedRefs     []string          `json:"failedRefs,omitempty"`
	FailedNames    []string          `json:"failedNames,omitempty"`
	FailedTaskID   string            `json:"failedTaskId,omitempty"`
	IdempotencyKey string            `json:"idempotencyKey,omitempty"`
	CreatedBy      string            `json:"createdBy,omitempty"`
	RerunOf        string            `json:"rerunOf,omitempty"`
	Trace          string            `json:"trace,omitempty"`   // W3C traceparent that the execution's spans hang below
	Secrets        []string          `json:"secrets,omitempty"` // that its starter may use, and so it may too
	Effects        []string          `json:"effects,omitempty"` // that came from outside and are not to be applied twice
	Inbox          *Inbox            `json:"inbox,omitempty"`   // nil: empty
	// What others must still be told of this execution; each is cleared when they know.
	TellParent   bool `json:"tellParent,omitempty"`   // it ended
	ReviveParent bool `json:"reviveParent,omitempty"` // it runs again after it had ended
	StartFailure bool `json:"startFailure,omitempty"` // its failure workflow is to be started

	Events []Event `json:"events,omitempty"` // to be published

	LimitKey string `json:"limitKey,omitempty"` // what it shares its places with (rateLimitConfig)
	Held     bool   `json:"held,omitempty"`     // it waits for a place

	// Payloads that are too large for the rows lie elsewhere, at these paths.
	InputAt  string `json:"inputAt,omitempty"`
	OutputAt string `json:"outputAt,omitempty"`
	Outside  bool   `json:"outside,omitempty"` // some of it, or of its tasks, has lain elsewhere
}

// Task is one attempt of one task. Input and Output are stored beside it.
type Task struct {
	Seq           int                 `json:"seq"`
	ID            string              `json:"id"`
	Type          string              `json:"type"`
	Name          string              `json:"name"`
	Ref           string              `json:"ref"`            // with the suffix of its iteration
	Base          string              `json:"base,omitempty"` // reference in the definition, when it differs
	Status        workflow.TaskStatus `json:"status"`
	RetryCount    int                 `json:"retryCount,omitempty"`
	Iteration     int                 `json:"iteration,omitempty"`
	Loop          int                 `json:"loop,omitempty"`          // Seq of the loop that it runs in
	LoopIteration int                 `json:"loopIteration,omitempty"` // and the iteration there
	Scheduled     int64               `json:"scheduled,omitempty"`
	First         int64               `json:"first,omitempty"`     // when attempt 0 was scheduled
	Available     int64               `json:"available,omitempty"` // not to be handed out before
	Start         int64               `json:"start,omitempty"`
	End           int64               `json:"end,omitempty"`
	Update        int64               `json:"update,omitempty"`
	StartDelay    int64               `json:"startDelay,omitempty"`    // seconds
	CallbackAfter int64               `json:"callbackAfter,omitempty"` // seconds
	WaitUntil     int64               `json:"waitUntil,omitempty"`
	PollCount     int                 `json:"pollCount,omitempty"`
	RetriedID     string              `json:"retriedId,omitempty"`
	Retried       bool                `json:"retried,omitempty"`
	Executed      bool                `json:"executed,omitempty"`
	Reason        string              `json:"reason,omitempty"`
	WorkerID      string              `json:"workerId,omitempty"`
	Domain        string              `json:"domain,omitempty"`
	SubWorkflowID string              `json:"subWorkflowId,omitempty"`
	Heard         int64               `json:"heard,omitempty"`       // the revision of its child in the last news of it
	Parked        bool                `json:"parked,omitempty"`      // ran outside and waits to be completed by somebody else
	CancelChild   bool                `json:"cancelChild,omitempty"` // its child must still be terminated
	Fork          int                 `json:"fork,omitempty"`        // Seq of the dynamic fork whose branch it is
	Def           *DynamicDef         `json:"def,omitempty"`         // only when it is not in the definition
	InputAt       string              `json:"inputAt,omitempty"`     // where the input lies when it is too large for the row
	OutputAt      string              `json:"outputAt,omitempty"`    // where the output lies

	Input  workflow.Payload `json:"-"`
	Output workflow.Payload `json:"-"`

	node      *node
	scope     *scope
	dirty     bool
	fresh     bool           // added since the last Take
	added     bool           // by the step that was taken last
	outside   bool           // a system task that runs in this process
	fatal     bool           // its end ends the execution
	reused    bool           // its output is that of an earlier task
	turns     int            // of a loop: iterations since it last waited for something
	kept      int            // of a loop: the records of iterations that it forgot lie before this Seq
	inputOf   place          // the input that lies at InputAt
	outputOf  place          // the output that lies at OutputAt
	outputObj map[string]any // decoded Output
	inputObj  map[string]any // decoded Input
	weight    int            // bytes of its payloads, as counted in the state's
}

// scope is the top level or one iteration of a loop.
type scope struct {
	loop      *Task
	iteration int
	suffix    string
	open      int  // tasks in it that have not ended
	ended     bool // its sequence has reached the end
}

type scopeKey struct{ loop, iteration int }

// join is a JOIN or EXCLUSIVE_JOIN that waits.
type join struct {
	task     *Task
	refs     []string
	defaults []string        // of an EXCLUSIVE_JOIN
	waiting  map[string]bool // references that have not ended
}

// State is an execution in memory. It is not safe for concurrent use.
type State struct {
	Header
	Input, Variables, Output workflow.Payload
	inputOf, outputOf        place // the payloads that lie at InputAt and OutputAt

	plan    *Plan
	env     *Env
	taskDef func(name string) *workflow.TaskDef // registered policies, for tasks that are not in the definition
	tasks   []*Task                             // by Seq-1; nil where deleted
	byID    map[string]*Task
	latest  map[string]*Task // by reference with suffix: the last attempt
	base    map[string]*Task // by reference without suffix: the record made last
	extra   map[string]*node // nodes that dynamic forks made
	top     *scope
	scopes  map[scopeKey]*scope
	joins   map[string][]*join // by awaited reference
	open    int                // tasks that have not ended
	turns   int                // iterations of loops in this step
	weight  int                // bytes of all tasks' payloads, as last taken
	todo    []*Task            // ended and not yet followed
	checks  []*scope           // may have finished
	objects struct{ input, variables, output map[string]any }

	changes Changes
}

// Changes are the rows that a step has changed.
type Changes struct {
	Header    bool
	Plan      bool // it runs another definition than before, or is new
	Input     bool
	Variables bool
	Output    bool
	Status    bool // the status or another search field changed
	Tasks     []*Task
	Deleted   []*Task
	Ended     []*Task // of Tasks: those that this step ended
	Kept      []Kept  // outputs for others; they are no rows, and of no harm when lost
}

// Empty reports whether nothing changed.
func (c *Changes) Empty() bool { return !c.Header && len(c.Tasks) == 0 && len(c.Deleted) == 0 }

// Plan returns the definition that the execution runs.
func (s *State) Plan() *Plan { return s.plan }

// Tasks returns the tasks by Seq; deleted ones are left out.
func (s *State) Tasks() []*Task {
	out := make([]*Task, 0, len(s.tasks))
	for _, t := range s.tasks {
		if t != nil {
			out = append(out, t)
		}
	}
	return out
}

// Task returns the task with this id, nil when there is none.
func (s *State) Task(id string) *Task { return s.byID[id] }

// TaskBySeq returns the task with this number, nil when there is none.
func (s *State) TaskBySeq(seq int) *Task {
	if seq < 1 || seq > len(s.tasks) {
		return nil
	}
	return s.tasks[seq-1]
}

// TaskCount is the number of task records: with Bytes the measure of the state's size in memory.
func (s *State) TaskCount() int { return len(s.tasks) }

// Bytes is about what the payloads take in memory, as of the last Take: each lies there as it is, and most decoded too.
func (s *State) Bytes() int { return 2 * (s.weight + len(s.Input) + len(s.Variables) + len(s.Output)) }

// weigh returns by how much the task's payloads have grown since they were counted, and counts them.
func (t *Task) weigh() int {
	was := t.weight
	t.weight = len(t.Input) + len(t.Output)
	return t.weight - was
}

// Begin sets the environment of the steps that follow.
func (s *State) Begin(env *Env) { s.env, s.turns = env, 0 }

// Take returns what changed since the last Take.
func (s *State) Take() Changes {
	c := s.changes
	if !c.Empty() {
		s.Rev++
		s.UpdateTime = s.env.Now
		c.Header = true
	}
	for _, t := range c.Tasks {
		t.dirty = false
		t.added, t.fresh = t.fresh, false
		s.weight += t.weigh()
	}
	for _, t := range c.Deleted {
		s.weight -= t.weight
		t.weight = 0
	}
	s.changes = Changes{}
	return c
}

func newState(plan *Plan, taskDef func(string) *workflow.TaskDef) *State {
	s := &State{plan: plan, taskDef: taskDef}
	s.reset()
	return s
}

func (s *State) reset() {
	s.tasks = nil
	s.byID, s.latest, s.base = map[string]*Task{}, map[string]*Task{}, map[string]*Task{}
	s.extra, s.joins = map[string]*node{}, map[string][]*join{}
	s.top = &scope{}
	s.scopes = map[scopeKey]*scope{{}: s.top}
	s.todo, s.checks, s.open = nil, nil, 0
}

// Load rebuilds the state of a stored execution from its rows; tasks are in any order. taskDef looks up the policies of
// tasks that are not in the definition.
func Load(plan *Plan, h Header, input, variables, output workflow.Payload, tasks []*Task, taskDef func(string) *workflow.TaskDef) *State {
	s := newState(plan, taskDef)
	s.Header, s.Input, s.Variables, s.Output = h, input, variables, output
	s.inputOf, s.outputOf = placeOf(input), placeOf(output)
	last := 0
	for _, t := range tasks {
		last = max(last, t.Seq)
	}
	s.tasks = make([]*Task, last)
	for _, t := range tasks {
		s.tasks[t.Seq-1] = t
		t.inputOf, t.outputOf = placeOf(t.Input), placeOf(t.Output)
		s.weight += t.weigh()
	}
	s.rebuild()
	return s
}

// rebuild derives everything that is not stored from the task records.
func (s *State) rebuild() {
	tasks := s.tasks
	s.reset()
	s.tasks = tasks
	for _, t := range tasks {
		if t == nil {
			continue
		}
		t.node = s.nodeOf(t.base())
		if t.Def != nil {
			t.node = s.restoreNode(t)
		}
		s.index(t)
	}
	for _, t := range tasks {
		if t == nil || t.Retried {
			continue
		}
		switch {
		case !t.Status.Terminal():
			if t.Type == workflow.TypeJoin || t.Type == workflow.TypeExclusiveJoin {
				s.watch(t)
			}
		case t.Status == workflow.TaskSkipped && !t.Executed: // the flow has not come by
		case !t.Executed:
			s.todo = append(s.todo, t)
		default:
			if t.node != nil && !s.leads(t) {
				t.scope.ended = true
			}
		}
	}
	slices.SortStableFunc(s.todo, func(a, b *Task) int { return cmp.Compare(a.End, b.End) })
	for _, sc := range s.scopes {
		if sc.ended && sc.open == 0 && sc.loop != nil && !sc.loop.Status.Terminal() && sc.loop.Iteration == sc.iteration {
			s.checks = append(s.checks, sc)
		}
	}
}

// index enters a record into the maps of the state.
func (s *State) index(t *Task) {
	s.byID[t.ID] = t
	if old := s.latest[t.Ref]; old == nil || old.Seq < t.Seq {
		s.latest[t.Ref] = t
	}
	s.base[t.base()] = t
	t.scope = s.scopeOf(t.Loop, t.LoopIteration)
	if !t.Status.Terminal() {
		t.scope.open++
		s.open++
	}
}

// close counts a record that has ended.
func (s *State) close(t *Task) {
	t.scope.open--
	s.open--
	s.changes.Ended = append(s.changes.Ended, t)
	s.touch(t)
}

func (s *State) scopeOf(loop, iteration int) *scope {
	key := scopeKey{loop, iteration}
	sc := s.scopes[key]
	if sc == nil {
		l := s.TaskBySeq(loop)
		sc = &scope{loop: l, iteration: iteration}
		if l != nil {
			sc.suffix = strings.TrimPrefix(l.Ref, l.base()) + "__" + strconv.Itoa(iteration)
		}
		s.scopes[key] = sc
	}
	return sc
}

// Added reports whether the step that was taken last made the record.
func (t *Task) Added() bool { return t.added }

func (t *Task) base() string {
	if t.Base != "" {
		return t.Base
	}
	return t.Ref
}

// DefTask returns the definition's task that this is an attempt of.
func (t *Task) DefTask() *workflow.DefTask {
	if t.node == nil {
		return nil
	}
	return t.node.task
}

func (s *State) nodeOf(base string) *node {
	if n := s.plan.nodes[base]; n != nil {
		return n
	}
	return s.extra[base]
}

// addNodes enters a task that is not in the definition, with what it contains.
func (s *State) addNodes(t *workflow.DefTask, parent *node, policy *workflow.TaskDef) *node {
	n := compile(t, parent, s.extra)
	n.dynamic, n.registered = true, policy
	return n
}

// restoreNode makes the node of a stored record that is not in the definition as it stands there.
func (s *State) restoreNode(t *Task) *node {
	def := (*workflow.DefTask)(t.Def)
	if n := s.nodeOf(t.base()); n != nil && t.Fork == 0 {
		return resolved(n, def, s.taskDef(def.Name))
	}
	n := s.addNodes(def, s.branchParent(t.Fork), s.taskDef(def.Name))
	n.fork = t.Fork
	return n
}

// resolved is the node of a DYNAMIC task whose type has become known.
func resolved(n *node, def *workflow.DefTask, policy *workflow.TaskDef) *node {
	return &node{task: def, next: n.next, parent: n.parent, constant: n.constant, dynamic: true, registered: policy, fork: n.fork}
}

// DynamicDef is a task that is not in the definition. Its JSON holds only what differs from the defaults, as a fork may
// have tens of thousands.
type DynamicDef workflow.DefTask

// MarshalJSON writes the short form where that says everything.
func (d *DynamicDef) MarshalJSON() ([]byte, error) {
	short := &workflow.DefTask{Name: d.Name, TaskReferenceName: d.TaskReferenceName, Type: d.Type, InputParameters: d.InputParameters}
	if !reflect.DeepEqual(short, (*workflow.DefTask)(d)) {
		return json.Marshal((*workflow.DefTask)(d))
	}
	return json.Marshal(struct {
		Name            string         `json:"name"`
		Ref             string         `json:"taskReferenceName"`
		Type            string         `json:"type"`
		InputParameters map[string]any `json:"inputParameters,omitempty"`
	}{d.Name, d.TaskReferenceName, d.Type, d.InputParameters})
}

// UnmarshalJSON reads either form.
func (d *DynamicDef) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*workflow.DefTask)(d)) }

// branchParent is the parent of a dynamic fork's branches: their end has no successor, the join counts them.
func (s *State) branchParent(fork int) *node {
	if t := s.TaskBySeq(fork); t != nil && t.node != nil {
		return t.node
	}
	return &node{task: &workflow.DefTask{Type: workflow.TypeForkJoinDynamic}}
}

func (s *State) touch(t *Task) {
	if !t.dirty {
		t.dirty = true
		s.changes.Tasks = append(s.changes.Tasks, t)
	}
	s.changes.Header = true
}

// add makes a record durable with this step.
func (s *State) add(t *Task) {
	t.Seq = len(s.tasks) + 1
	if t.ID == "" {
		t.ID = s.env.NewID()
	}
	t.fresh = true
	s.tasks = append(s.tasks, t)
	s.index(t)
	s.touch(t)
	if !t.Status.Terminal() {
		s.tellChange(t, onScheduled)
	}
}

func (s *State) drop(t *Task) {
	s.tasks[t.Seq-1] = nil
	s.changes.Deleted = append(s.changes.Deleted, t)
	s.changes.Header = true
}

// end puts a task into a terminal state and remembers to follow it.
func (s *State) end(t *Task, status workflow.TaskStatus, reason string) {
	if t.Status.Terminal() {
		return
	}
	if status == workflow.TaskCompleted {
		if wrong := s.wrongTask(t, true); wrong != "" {
			status, reason = workflow.TaskFailedTerminal, wrong
		}
	}
	t.Status, t.Reason = status, reason
	t.End, t.Update = s.env.Now, s.env.Now
	if t.Start == 0 {
		t.Start = s.env.Now
	}
	s.close(t)
	s.todo = append(s.todo, t)
	s.checks = append(s.checks, t.scope)
	s.tellChange(t, changeTo(status))
	if status == workflow.TaskCompleted {
		s.keep(t)
	}
}

func (s *State) setStatus(st workflow.Status) {
	s.Status = st
	s.changes.Header, s.changes.Status = true, true
}

func (s *State) setOutput(t *Task, out map[string]any) {
	p, err := workflow.NewPayload(out)
	if err != nil {
		p = nil
	}
	t.Output, t.outputObj = p, nil
}

func (t *Task) outputObject() map[string]any {
	if t.outputObj == nil {
		t.outputObj, _ = t.Output.Object()
	}
	return t.outputObj
}

func (t *Task) inputObject() map[string]any {
	if t.inputObj == nil {
		t.inputObj, _ = t.Input.Object()
	}
	return t.inputObj
}

// builtin tells the operators that no retry policy applies to.
func builtin(taskType string) bool {
	switch taskType {
	case workflow.TypeDecision, workflow.TypeSwitch, workflow.TypeFork, workflow.TypeJoin, workflow.TypeExclusiveJoin,
		workflow.TypeDoWhile:
		return true
	}
	return false
}

// worker reports whether tasks of this type are handed to polling workers.
func worker(taskType string) bool { return !workflow.SystemTask(taskType) }
