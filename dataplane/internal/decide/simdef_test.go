package decide

import (
	"fmt"
	"math/rand/v2"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// generator makes random definitions that can be carried to an end.
type generator struct {
	r     *rand.Rand
	n     int
	loops int // enclosing loops
}

func (g *generator) ref(prefix string) string {
	g.n++
	return fmt.Sprintf("%s%d", prefix, g.n)
}

func (g *generator) def() *workflow.Def {
	d := &workflow.Def{
		Name: "sim", Version: 1, SchemaVersion: 2, Restartable: true, TimeoutPolicy: workflow.PolicyAlertOnly, EnforceSchema: true,
		Tasks: g.sequence(3, 1+g.r.IntN(4)),
	}
	if g.r.IntN(6) == 0 {
		d.TimeoutPolicy, d.TimeoutSeconds = workflow.PolicyTimeOutWF, 1000
	}
	if g.r.IntN(4) == 0 {
		d.OutputParameters = map[string]any{"in": "${workflow.input}", "state": "${workflow.variables}"}
	}
	return d
}

func (g *generator) sequence(depth, length int) []*workflow.DefTask {
	var out []*workflow.DefTask
	for range length {
		out = append(out, g.task(depth)...)
	}
	return out
}

// task returns one task, with the join that belongs to it.
func (g *generator) task(depth int) []*workflow.DefTask {
	if depth > 0 && g.r.IntN(2) == 0 {
		switch g.r.IntN(5) {
		case 0:
			return g.choice(depth)
		case 1:
			return g.fork(depth)
		case 2:
			return g.dynamicFork()
		case 3:
			if g.loops < 2 {
				return g.loop(depth)
			}
		default:
			return g.exclusive()
		}
	}
	return []*workflow.DefTask{g.leaf()}
}

func (g *generator) leaf() *workflow.DefTask {
	types := []string{
		"SIMPLE", "SIMPLE", "SIMPLE", "SIMPLE", "SIMPLE", "NOOP", "WAIT", "WAIT", "HUMAN", "HTTP", "SET_VARIABLE", "SUB_WORKFLOW",
		"SUB_WORKFLOW", "DYNAMIC", "DYNAMIC", "JSON_JQ_TRANSFORM", "TERMINATE",
	}
	t := &workflow.DefTask{Type: types[g.r.IntN(len(types))], InputParameters: map[string]any{}}
	if t.Type == workflow.TypeTerminate && g.r.IntN(3) > 0 {
		t.Type = workflow.TypeSimple
	}
	t.TaskReferenceName = g.ref("t")
	t.Name = "work"
	switch t.Type {
	case workflow.TypeWait:
		if g.r.IntN(2) == 0 {
			t.InputParameters["duration"] = fmt.Sprintf("%d seconds", g.r.IntN(5))
		}
	case workflow.TypeSetVariable:
		t.InputParameters[t.TaskReferenceName] = g.n
	case workflow.TypeSubWorkflow:
		t.SubWorkflowParam = &workflow.SubWorkflowParams{Name: "child"}
	case workflow.TypeDynamic:
		t.DynamicTaskNameParam = "run"
		names := []string{"work", "work", "NOOP", "WAIT", "HTTP", "unknown", "SWITCH", "DO_WHILE"}
		t.InputParameters["run"] = names[g.r.IntN(len(names))]
	case workflow.TypeJQ:
		t.InputParameters["queryExpression"] = []string{".x", "error(\"bad\")"}[g.r.IntN(2)]
	case workflow.TypeTerminate:
		t.InputParameters["terminationStatus"] = []string{"COMPLETED", "FAILED", "TERMINATED", "NONSENSE"}[g.r.IntN(4)]
	}
	if g.r.IntN(3) == 0 {
		t.InputParameters["seen"] = "${workflow.input.x}"
	}
	t.TaskDefinition = g.policy()
	t.Optional = g.r.IntN(5) == 0
	t.Permissive = g.r.IntN(6) == 0
	if g.r.IntN(6) == 0 {
		t.StartDelay = 1 + g.r.Int64N(3)
	}
	return t
}

func (g *generator) policy() *workflow.TaskDef {
	if g.r.IntN(3) == 0 {
		return nil
	}
	p := workflow.DefaultTaskDef("work")
	p.RetryCount, p.RetryDelaySeconds, p.ResponseTimeoutSeconds = g.r.IntN(3), g.r.Int64N(3), g.r.Int64N(2)*20
	p.TimeoutPolicy = []string{workflow.PolicyRetry, workflow.PolicyTimeOutWF, workflow.PolicyAlertOnly}[g.r.IntN(3)]
	if g.r.IntN(4) == 0 {
		p.TimeoutSeconds = 10 + g.r.Int64N(50)
	}
	if g.r.IntN(6) == 0 {
		p.TotalTimeoutSeconds = 30 + g.r.Int64N(50)
	}
	if g.r.IntN(6) == 0 {
		p.PollTimeoutSeconds = new(10 + g.r.Int64N(20))
	}
	return p
}

func (g *generator) choice(depth int) []*workflow.DefTask {
	t := &workflow.DefTask{
		Name: "sw", TaskReferenceName: g.ref("s"), Type: workflow.TypeSwitch, EvaluatorType: "value-param", Expression: "k",
		InputParameters: map[string]any{"k": string(rune('a' + g.r.IntN(4)))}, DecisionCases: map[string][]*workflow.DefTask{},
	}
	if g.r.IntN(4) == 0 {
		t.Type, t.CaseValueParam = workflow.TypeDecision, "k"
	}
	if g.r.IntN(12) == 0 {
		t.EvaluatorType = "nonsense"
		t.Optional = g.r.IntN(2) == 0
	}
	for _, name := range []string{"a", "b", "c"} {
		t.DecisionCases[name] = g.sequence(depth-1, g.r.IntN(3))
	}
	t.DefaultCase = g.sequence(depth-1, g.r.IntN(2))
	return []*workflow.DefTask{t}
}

func (g *generator) join(on []string) *workflow.DefTask {
	return &workflow.DefTask{Name: "join", TaskReferenceName: g.ref("j"), Type: workflow.TypeJoin, JoinOn: on, Optional: g.r.IntN(8) == 0}
}

func (g *generator) fork(depth int) []*workflow.DefTask {
	t := &workflow.DefTask{Name: "fork", TaskReferenceName: g.ref("f"), Type: workflow.TypeForkJoin}
	var on []string
	for range 1 + g.r.IntN(3) {
		branch := g.sequence(depth-1, 1+g.r.IntN(3))
		t.ForkTasks = append(t.ForkTasks, branch)
		on = append(on, branch[len(branch)-1].TaskReferenceName)
	}
	return []*workflow.DefTask{t, g.join(on)}
}

func (g *generator) dynamicFork() []*workflow.DefTask {
	t := &workflow.DefTask{Name: "dyn", TaskReferenceName: g.ref("d"), Type: workflow.TypeForkJoinDynamic, InputParameters: map[string]any{}}
	n := g.r.IntN(4)
	switch g.r.IntN(4) {
	case 0:
		list := make([]any, n)
		for i := range list {
			list[i] = []any{map[string]any{"v": i, "optional": g.r.IntN(3) == 0}, i}[g.r.IntN(2)]
		}
		t.InputParameters["forkTaskInputs"] = list
		t.InputParameters["forkTaskName"] = "work"
		switch g.r.IntN(3) {
		case 0:
			t.InputParameters["forkTaskType"] = "HTTP"
		case 1:
			t.InputParameters["forkTaskWorkflow"] = "child"
		}
	case 1:
		t.DynamicForkJoinTasksParam = "dynamicTasks"
		list := make([]any, n)
		for i := range list {
			list[i] = map[string]any{"taskName": "work", "referenceName": g.ref("l"), "type": "SIMPLE", "input": map[string]any{"i": i}}
		}
		t.InputParameters["dynamicTasks"] = map[string]any{"dynamicTasks": list}
	default:
		t.DynamicForkTasksParam, t.DynamicForkTasksInputParamName = "tasks", "inputs"
		list := make([]any, 0, n+1)
		inputs := map[string]any{}
		for i := range n {
			b := g.task(1)[0]
			if b.Type == workflow.TypeForkJoin && g.r.IntN(3) > 0 || b.Type == workflow.TypeForkJoinDynamic {
				b = g.leaf() // an operator that a join must follow can't be a branch: seldom, it is tried
			}
			list = append(list, asAny(b))
			inputs[b.TaskReferenceName] = map[string]any{"given": i}
		}
		if n > 0 && g.r.IntN(12) == 0 {
			list = append(list, list[0]) // the reference is taken
		}
		t.InputParameters["tasks"], t.InputParameters["inputs"] = list, inputs
	}
	return []*workflow.DefTask{t, g.join(nil)}
}

func (g *generator) loop(depth int) []*workflow.DefTask {
	g.loops++
	t := &workflow.DefTask{Name: "loop", TaskReferenceName: g.ref("w"), Type: workflow.TypeDoWhile, InputParameters: map[string]any{}}
	t.LoopOver = g.sequence(depth-1, 1+g.r.IntN(2))
	n := 1 + g.r.IntN(3)
	if g.r.IntN(2) == 0 {
		t.Items = make([]any, n-1)
		for i := range n - 1 {
			t.Items.([]any)[i] = i //nolint:forcetypeassert // made above
		}
	} else {
		t.LoopCondition = fmt.Sprintf("$.%s.iteration < %d", t.TaskReferenceName, n)
	}
	if g.r.IntN(3) == 0 {
		t.InputParameters["keepLastN"] = 1 + g.r.IntN(2)
	}
	t.Optional = g.r.IntN(8) == 0
	g.loops--
	return []*workflow.DefTask{t}
}

func (g *generator) exclusive() []*workflow.DefTask {
	a, b, c := g.leaf(), g.leaf(), g.leaf()
	sw := &workflow.DefTask{
		Name: "sw", TaskReferenceName: g.ref("e"), Type: workflow.TypeSwitch, EvaluatorType: "value-param", Expression: "k",
		InputParameters: map[string]any{"k": string(rune('a' + g.r.IntN(3)))},
		DecisionCases:   map[string][]*workflow.DefTask{"a": {a}, "b": {b}}, DefaultCase: []*workflow.DefTask{c},
	}
	join := &workflow.DefTask{
		Name: "ex", TaskReferenceName: g.ref("x"), Type: workflow.TypeExclusiveJoin,
		JoinOn: []string{a.TaskReferenceName, b.TaskReferenceName}, DefaultExclusiveJoinTask: []string{c.TaskReferenceName},
	}
	return []*workflow.DefTask{sw, join}
}
