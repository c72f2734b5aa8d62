package decide

import (
	"fmt"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// schedule makes the record (or records) of a node that the flow has reached. Operators that need nothing from outside
// run at once; what they lead to is followed by advance.
func (s *State) schedule(n *node, sc *scope) {
	ref := n.ref() + sc.suffix
	if t := s.latest[ref]; t != nil {
		s.reach(t)
		return
	}
	if t := s.latest[n.ref()]; t != nil && t.Status == workflow.TaskSkipped && sc.loop != nil {
		s.skip(n, sc, t.Input, t.Output) // skipped by its reference alone, it is skipped in every iteration
		s.reach(s.latest[ref])
		return
	}
	t := s.record(n, sc)
	switch n.task.Type {
	case workflow.TypeDynamic:
		s.scheduleDynamic(t)
	case workflow.TypeSwitch, workflow.TypeDecision:
		s.scheduleSwitch(t)
	case workflow.TypeForkJoin:
		s.scheduleFork(t)
	case workflow.TypeForkJoinDynamic:
		s.scheduleDynamicFork(t)
	case workflow.TypeJoin, workflow.TypeExclusiveJoin:
		s.scheduleJoin(t, nil)
	case workflow.TypeDoWhile:
		s.scheduleLoop(t)
	case workflow.TypeEvent:
		s.scheduleEvent(t)
	default:
		_, t.Input = s.inputs(n, t.ID)
		s.launch(t)
	}
}

// reach lets the flow go on past a record that was skipped before the flow came by.
func (s *State) reach(t *Task) {
	if t.Status == workflow.TaskSkipped && !t.Executed {
		s.todo = append(s.todo, t)
	}
}

// record prepares a record of a node in a scope; it is not part of the state before add.
func (s *State) record(n *node, sc *scope) *Task {
	t := &Task{
		ID: s.env.NewID(), Type: n.task.Type, Name: n.task.Name, Ref: n.ref() + sc.suffix, Status: workflow.TaskScheduled,
		Scheduled: s.env.Now, First: s.env.Now, Update: s.env.Now, node: n,
	}
	if sc.suffix != "" {
		t.Base = n.ref()
	}
	if sc.loop != nil {
		t.Loop, t.LoopIteration, t.Iteration = sc.loop.Seq, sc.iteration, sc.iteration
	}
	if n.dynamic {
		t.Def, t.Fork = (*DynamicDef)(n.task), n.fork
	}
	if n.task.StartDelay > 0 {
		t.StartDelay, t.CallbackAfter = n.task.StartDelay, n.task.StartDelay
		t.Available = s.env.Now + n.task.StartDelay*1000
	}
	switch n.task.Type {
	case workflow.TypeSimple:
		t.Type = n.task.Name
	case workflow.TypeForkJoin, workflow.TypeForkJoinDynamic:
		t.Type, t.Name = workflow.TypeFork, workflow.TypeFork
	case workflow.TypeSwitch, workflow.TypeDecision, workflow.TypeJoin, workflow.TypeExclusiveJoin:
		t.Name = n.task.Type
	}
	return t
}

// launch adds a record and, when its delay has passed and it is an operator that needs nothing from outside, runs it.
func (s *State) launch(t *Task) {
	if len(t.Input) > s.maxPayload() {
		t.Input = nil
		s.add(t)
		s.end(t, workflow.TaskFailedTerminal, fmt.Sprintf("the task's input is larger than %d bytes", s.maxPayload()))
		return
	}
	if worker(t.Type) {
		t.Domain = s.domain(t)
	}
	s.add(t)
	if wrong := s.wrongTask(t, false); wrong != "" {
		s.end(t, workflow.TaskFailedTerminal, wrong)
		return
	}
	if s.fromCache(t) {
		return
	}
	if t.Available <= s.env.Now {
		s.run(t)
	}
}

// MaxPayload is the largest input or output of a task or an execution, in bytes of JSON, as long as there is
// nowhere else to put it.
const MaxPayload = 10 << 20

// run executes a scheduled system task as far as it goes without the outside world.
func (s *State) run(t *Task) {
	switch t.Type {
	case workflow.TypeNoop:
		s.end(t, workflow.TaskCompleted, "")
	case workflow.TypeSetVariable:
		s.runSetVariable(t)
	case workflow.TypeInline, workflow.TypeLambda:
		s.runInline(t)
	case workflow.TypeJQ:
		s.runJQ(t)
	case workflow.TypeTerminate:
		s.runTerminate(t)
	case workflow.TypeWait:
		s.runWait(t)
	case workflow.TypeHuman, workflow.TypeYield:
		s.begin(t)
	case workflow.TypeSubWorkflow:
		s.runSubWorkflow(t)
	case workflow.TypePullMessages:
		s.runPull(t)
	}
}

// begin puts a record in progress.
func (s *State) begin(t *Task) {
	started := t.Start == 0
	t.Status, t.Start, t.Update = workflow.TaskInProgress, s.env.Now, s.env.Now
	s.touch(t)
	if started {
		s.tellChange(t, onStart)
	}
}

// domain picks the domain of a worker task: of those that its entry lists the first with an active poller, else the last.
func (s *State) domain(t *Task) string {
	list := s.TaskToDomain[t.Type]
	if list == "" {
		list = s.TaskToDomain["*"]
	}
	if list == "" {
		return t.Domain
	}
	names := strings.Split(list, ",")
	for i, d := range names {
		d = strings.TrimSpace(d)
		none := strings.EqualFold(d, "NO_DOMAIN")
		if i == len(names)-1 {
			if none {
				return ""
			}
			return d
		}
		if !none && s.env.ActiveDomain != nil && s.env.ActiveDomain(t.Type, d) {
			return d
		}
	}
	return ""
}

// scheduleDynamic makes a task whose type is known only now. A type that is neither registered nor a system task is work for a
// worker that polls it.
func (s *State) scheduleDynamic(t *Task) {
	def := *t.node.task
	obj, input := s.inputs(t.node, t.ID)
	name := text(obj[def.DynamicTaskNameParam])
	t.Input = input
	if name == "" {
		s.add(t)
		s.failWorkflow(t, fmt.Sprintf("Cannot map a dynamic task based on the parameter: %s and input: %s",
			def.DynamicTaskNameParam, clip(input.String())))
		return
	}
	if !plain(name) {
		s.add(t)
		s.failWorkflow(t, fmt.Sprintf("Invalid task specified. A dynamic task cannot be a %s", name))
		return
	}
	if name == workflow.TypeSubWorkflow && def.SubWorkflowParam == nil {
		def.SubWorkflowParam = subWorkflowOf(obj)
		if given, _ := obj["workflowInput"].(map[string]any); len(given) > 0 {
			t.Input, _ = workflow.NewPayload(given)
		}
	}
	policy := s.env.TaskDef(name)
	def.Name, def.Type = name, name
	t.node = resolved(t.node, &def, policy)
	t.Def, t.Type, t.Name = (*DynamicDef)(&def), name, name
	s.launch(t)
}

// subWorkflowOf reads which sub-workflow a dynamic task asks for: its definition has no place to say so but the input.
func subWorkflowOf(input map[string]any) *workflow.SubWorkflowParams {
	p := &workflow.SubWorkflowParams{Name: text(input["subWorkflowName"]), WorkflowDefinition: input["subWorkflowDefinition"]}
	if v := atoi(text(input["subWorkflowVersion"])); v > 0 {
		p.Version = &v
	}
	if d, ok := input["subWorkflowTaskToDomain"].(map[string]any); ok {
		p.TaskToDomain = stringMap(d)
	}
	return p
}

// failWorkflow ends a record that could not be made, and the execution with it, once what is being scheduled beside it is
// there: a retry goes on from complete records.
func (s *State) failWorkflow(t *Task, reason string) {
	t.fatal = true
	s.end(t, workflow.TaskFailedTerminal, reason)
}

func clip(text string) string {
	if len(text) > 500 {
		return text[:500] + "…"
	}
	return text
}
