package decide

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// scheduleDynamicFork makes a branch per element of its input and the join over them.
func (s *State) scheduleDynamicFork(t *Task) {
	obj, _ := s.inputs(t.node, t.ID)
	branches, err := s.branches(t, obj)
	branches = distinct(branches)
	if err != nil {
		t.Input, _ = workflow.NewPayload(obj)
		s.add(t)
		s.failWorkflow(t, err.Error())
		return
	}
	refs := make([]any, len(branches))
	for i, b := range branches {
		refs[i] = b.def.TaskReferenceName
	}
	obj["forkedTasks"] = refs
	t.Input, _ = workflow.NewPayload(obj)
	s.add(t)
	t.inputObj = nil
	if !s.joinFollows(t) {
		return
	}
	if err := s.checkBranches(t, branches); err != nil {
		s.failWorkflow(t, err.Error())
		return
	}
	s.end(t, workflow.TaskCompleted, "")
	joinOn := make([]string, 0, len(branches))
	for _, b := range branches {
		joinOn = append(joinOn, b.def.TaskReferenceName+t.scope.suffix)
		s.scheduleBranch(t, b)
	}
	if j := s.latest[t.node.next.ref()+t.scope.suffix]; j == nil {
		s.scheduleJoin(s.record(t.node.next, t.scope), joinOn)
	} else {
		s.reach(j)
	}
}

// distinct leaves out branches whose reference an earlier one has.
func distinct(branches []dynamicTask) []dynamicTask {
	seen := make(map[string]bool, len(branches))
	return slices.DeleteFunc(branches, func(b dynamicTask) bool {
		ref := b.def.TaskReferenceName
		again := seen[ref]
		seen[ref] = true
		return again
	})
}

// checkBranches refuses branches that could not be followed: references are the names by which the flow finds its way.
func (s *State) checkBranches(fork *Task, branches []dynamicTask) error {
	defs := make([]*workflow.DefTask, len(branches))
	for i, b := range branches {
		defs[i] = b.def
	}
	seen := make(map[string]bool, len(defs))
	var err error
	(&workflow.Def{Tasks: defs}).Walk(func(d *workflow.DefTask) {
		ref := d.TaskReferenceName
		switch {
		case err != nil:
		case ref == "":
			err = fmt.Errorf("The dynamic fork %s has a task without a taskReferenceName", fork.Ref) //nolint:staticcheck // the text is the task's reason, a sentence for people
		case seen[ref] || s.plan.nodes[ref] != nil || s.latest[ref+fork.scope.suffix] != nil:
			err = fmt.Errorf("The dynamic fork %s names the reference %s, which exists already", fork.Ref, ref) //nolint:staticcheck // as above
		case d.Name == "" && d.Type == workflow.TypeSimple || d.Type == workflow.TypeFork:
			err = fmt.Errorf("The dynamic fork %s cannot run the task %s: its type is %s and its name is %q", fork.Ref, ref, d.Type, d.Name) //nolint:staticcheck // as above
		}
		seen[ref] = true
	})
	return err
}

// dynamicTask is one branch of a dynamic fork.
type dynamicTask struct {
	def   *workflow.DefTask
	input map[string]any // added to the task's own parameters; not resolved again
}

// scheduleBranch makes the record of a branch. Its given input goes in as it is; only the parameters that the branch's
// own definition has are resolved.
func (s *State) scheduleBranch(fork *Task, b dynamicTask) {
	n, sc := s.addNodes(b.def, s.branchParent(fork.Seq), s.env.TaskDef(b.def.Name)), fork.scope
	n.fork = fork.Seq
	if len(b.input) == 0 || !plain(b.def.Type) {
		n.task.InputParameters = merged(n.task.InputParameters, b.input)
		n.constant = nil
		s.schedule(n, sc)
		return
	}
	t := s.record(n, sc)
	obj := s.resolve(n.task.InputParameters, n.policy().InputTemplate, t.ID)
	maps.Copy(obj, b.input)
	t.Input, _ = workflow.NewPayload(obj)
	if b.def.Type == workflow.TypeSubWorkflow {
		t.inputObj = obj
	}
	s.launch(t)
}

// plain tells the types whose record is made from the input alone.
func plain(taskType string) bool {
	switch taskType {
	case workflow.TypeDynamic, workflow.TypeSwitch, workflow.TypeDecision, workflow.TypeFork, workflow.TypeForkJoin, workflow.TypeForkJoinDynamic,
		workflow.TypeJoin, workflow.TypeExclusiveJoin, workflow.TypeDoWhile:
		return false
	}
	return true
}

func merged(a, b map[string]any) map[string]any {
	out := make(map[string]any, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// branches reads what to fork from one of the three forms of input.
func (s *State) branches(t *Task, obj map[string]any) ([]dynamicTask, error) {
	def := t.node.task
	if list, ok := obj["forkTaskInputs"].([]any); ok {
		return s.listBranches(t, obj, list)
	}
	if def.DynamicForkTasksParam != "" {
		return s.taskBranches(def, obj)
	}
	return s.legacyBranches(def, obj)
}

// listBranches runs one kind of task over a list of inputs.
func (s *State) listBranches(t *Task, obj map[string]any, list []any) ([]dynamicTask, error) {
	taskType, _ := obj["forkTaskType"].(string)
	name, _ := obj["forkTaskName"].(string)
	subName, _ := obj["forkTaskWorkflow"].(string)
	if name == "" {
		name = t.node.ref()
		if workflow.SystemTask(taskType) {
			name = taskType
		}
	}
	if taskType == "" {
		taskType = workflow.TypeSimple
	}
	prefix := "_" + name + "_"
	for ref := range s.extra {
		if _, static := s.plan.nodes[ref]; !static {
			prefix = "_" + t.node.ref() + "_" + name + "_"
			break
		}
	}
	out := make([]dynamicTask, 0, len(list))
	for i, element := range list {
		input, isMap := element.(map[string]any)
		b := &workflow.DefTask{}
		if isMap {
			// An element may also say how its task behaves (optional, retryCount, ...).
			if raw, err := json.Marshal(input); err == nil {
				_ = json.Unmarshal(raw, b) // what does not fit is plain input
			}
			input = maps.Clone(input)
		} else {
			input = map[string]any{"input": element}
		}
		input["__index"] = i
		b.Name, b.Type, b.TaskReferenceName = name, taskType, prefix+strconv.Itoa(i)
		b.Optional = b.Optional || t.node.task.Optional
		b.InputParameters = map[string]any{}
		if subName != "" {
			b.Name, b.Type = subName, workflow.TypeSubWorkflow
			params := &workflow.SubWorkflowParams{Name: subName}
			if v, ok := integer(obj["forkTaskWorkflowVersion"]); ok {
				n := int(v)
				params.Version = &n
			} else if n := atoi(text(obj["forkTaskWorkflowVersion"])); n > 0 {
				params.Version = &n
			}
			if d, ok := input["taskToDomain"].(map[string]any); ok {
				params.TaskToDomain = stringMap(d)
			}
			b.SubWorkflowParam = params
		}
		out = append(out, dynamicTask{b, input})
	}
	return out, nil
}

// taskBranches takes a list of tasks and a map of their inputs by reference.
func (s *State) taskBranches(def *workflow.DefTask, obj map[string]any) ([]dynamicTask, error) {
	list, ok := obj[def.DynamicForkTasksParam].([]any)
	if !ok {
		return nil, fmt.Errorf("Input '%s' of the dynamic fork %s is not a list of tasks", def.DynamicForkTasksParam, def.TaskReferenceName) //nolint:staticcheck // the text is the task's reason, a sentence for people
	}
	inputs, ok := obj[def.DynamicForkTasksInputParamName].(map[string]any)
	if !ok && obj[def.DynamicForkTasksInputParamName] != nil {
		return nil, fmt.Errorf("Input '%s' of the dynamic fork %s is not a map of inputs by task reference", def.DynamicForkTasksInputParamName, def.TaskReferenceName) //nolint:staticcheck // the text is the task's reason, a sentence for people
	}
	if !ok {
		return nil, fmt.Errorf("Input to the dynamically forked tasks is not a map -> expecting a map of K,V but found null (parameter '%s')", def.DynamicForkTasksInputParamName) //nolint:staticcheck // as above
	}
	out := make([]dynamicTask, 0, len(list))
	for i, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("Element %d of '%s' is not a task", i, def.DynamicForkTasksParam) //nolint:staticcheck // as above
		}
		b, err := defTask(m)
		if err != nil {
			return nil, fmt.Errorf("Element %d of '%s': %w", i, def.DynamicForkTasksParam, err) //nolint:staticcheck // as above
		}
		if b.TaskReferenceName == "" {
			return nil, fmt.Errorf("Element %d of '%s' has no taskReferenceName", i, def.DynamicForkTasksParam) //nolint:staticcheck // as above
		}
		input, _ := inputs[b.TaskReferenceName].(map[string]any)
		out = append(out, dynamicTask{b, input})
	}
	return out, nil
}

// defTask reads a task from a decoded value. The fields that nearly every generated branch has are read directly, as a
// fork may have tens of thousands of branches.
func defTask(m map[string]any) (*workflow.DefTask, error) {
	t := &workflow.DefTask{Type: workflow.TypeSimple}
	for k, v := range m {
		switch k {
		case "name":
			t.Name = text(v)
		case "taskReferenceName":
			t.TaskReferenceName, _ = v.(string)
		case "type":
			if name, _ := v.(string); name != "" {
				t.Type = name
			}
		case "inputParameters":
			t.InputParameters, _ = v.(map[string]any)
		default:
			if v == nil {
				continue
			}
			raw, err := json.Marshal(m)
			if err != nil {
				return nil, err
			}
			t = &workflow.DefTask{}
			return t, json.Unmarshal(raw, t)
		}
	}
	return t, nil
}

// legacyBranches reads {dynamicTasks:[{taskName, workflowName, referenceName, input, type}]}.
func (s *State) legacyBranches(def *workflow.DefTask, obj map[string]any) ([]dynamicTask, error) {
	holder, _ := obj[def.DynamicForkJoinTasksParam].(map[string]any)
	list, ok := holder["dynamicTasks"].([]any)
	if !ok {
		return nil, fmt.Errorf("Input '%s' of the dynamic fork %s has no list 'dynamicTasks'", def.DynamicForkJoinTasksParam, def.TaskReferenceName) //nolint:staticcheck // the text is the task's reason, a sentence for people
	}
	out := make([]dynamicTask, 0, len(list))
	for i, v := range list {
		m, _ := v.(map[string]any)
		b := &workflow.DefTask{Type: workflow.TypeSimple, InputParameters: map[string]any{}}
		b.Name, _ = m["taskName"].(string)
		b.TaskReferenceName, _ = m["referenceName"].(string)
		if tt, _ := m["type"].(string); tt != "" {
			b.Type = tt
		}
		if name, _ := m["workflowName"].(string); name != "" {
			b.SubWorkflowParam = &workflow.SubWorkflowParams{Name: name}
		}
		if b.TaskReferenceName == "" {
			return nil, fmt.Errorf("Element %d of 'dynamicTasks' has no referenceName", i) //nolint:staticcheck // as above
		}
		input, _ := m["input"].(map[string]any)
		out = append(out, dynamicTask{b, input})
	}
	return out, nil
}

func stringMap(m map[string]any) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = text(v)
	}
	return out
}
