package workflow

import (
	"fmt"
	"strings"
)

// rules holds what single task types need. Types without an entry need nothing in particular.
var rules = map[string]func(v *validator, path string, t *DefTask){
	TypeEvent: func(v *validator, path string, t *DefTask) { v.text(path+".sink", t.Sink) },
	TypeDynamic: func(v *validator, path string, t *DefTask) {
		v.text(path+".dynamicTaskNameParam", t.DynamicTaskNameParam)
	},
	TypeSwitch:          (*validator).switchTask,
	TypeDecision:        (*validator).decisionTask,
	TypeForkJoin:        (*validator).forkTask,
	TypeForkJoinDynamic: (*validator).dynamicForkTask,
	TypeDoWhile:         (*validator).doWhileTask,
	TypeSubWorkflow:     (*validator).subWorkflowTask,
	TypeTerminate:       (*validator).terminateTask,
	TypeWait:            (*validator).waitTask,
	TypeHTTP:            (*validator).httpTask,
	TypeInline:          (*validator).inlineTask,
	TypeLambda:          (*validator).lambdaTask,
	TypeJQ:              (*validator).jqTask,
	"KAFKA_PUBLISH": func(v *validator, path string, t *DefTask) {
		if !v.hasInput(t, "kafka_request") {
			v.add(path+".inputParameters.kafka_request", "", "must be given")
		}
	},
}

func (v *validator) switchTask(path string, t *DefTask) {
	v.text(path+".expression", t.Expression)
	switch t.EvaluatorType {
	case "":
		v.text(path+".evaluatorType", t.EvaluatorType)
	case "javascript", "graaljs":
		if t.Expression != "" {
			v.check(path+".expression", t.Expression, v.checks.Script)
		}
	default:
		v.oneOf(path+".evaluatorType", t.EvaluatorType, "value-param", "javascript", "graaljs")
	}
	v.cases(path, t)
}

func (v *validator) decisionTask(path string, t *DefTask) {
	if t.CaseValueParam == "" && t.CaseExpression == "" {
		v.add(path+".caseValueParam", "", "must be given, or caseExpression")
	}
	if t.CaseExpression != "" {
		v.check(path+".caseExpression", t.CaseExpression, v.checks.Script)
	}
	v.cases(path, t)
}

func (v *validator) cases(path string, t *DefTask) {
	if len(t.DecisionCases) == 0 {
		v.add(path+".decisionCases", "", "must not be empty")
	}
}

func (v *validator) forkTask(path string, t *DefTask) {
	if len(t.ForkTasks) == 0 {
		v.add(path+".forkTasks", "", "must not be empty")
	}
	for i, branch := range t.ForkTasks {
		if len(branch) == 0 {
			v.add(fmt.Sprintf("%s.forkTasks[%d]", path, i), "", "must not be empty")
		}
	}
}

func (v *validator) dynamicForkTask(path string, t *DefTask) {
	if _, simple := t.InputParameters["forkTaskInputs"]; simple {
		return
	}
	legacy, tasks, inputs := t.DynamicForkJoinTasksParam, t.DynamicForkTasksParam, t.DynamicForkTasksInputParamName
	switch {
	case legacy != "" && (tasks != "" || inputs != ""):
		v.add(path+".dynamicForkJoinTasksParam", legacy, "must not be given together with dynamicForkTasksParam or dynamicForkTasksInputParamName")
	case legacy != "":
	case tasks == "":
		v.add(path+".dynamicForkTasksParam", "", "must be given, or the input forkTaskInputs")
	case inputs == "":
		v.add(path+".dynamicForkTasksInputParamName", "", "must be given with dynamicForkTasksParam")
	}
}

func (v *validator) doWhileTask(path string, t *DefTask) {
	if len(t.LoopOver) == 0 {
		v.add(path+".loopOver", "", "must not be empty")
	}
	if strings.TrimSpace(t.LoopCondition) != "" { // without one, and without a list, the body runs once
		v.check(path+".loopCondition", t.LoopCondition, v.checks.Script)
	}
}

func (v *validator) subWorkflowTask(path string, t *DefTask) {
	p := t.SubWorkflowParam
	if p == nil {
		v.add(path+".subWorkflowParam", "", "must be given")
		return
	}
	switch def := p.WorkflowDefinition.(type) {
	case nil:
		v.text(path+".subWorkflowParam.name", p.Name)
	case string:
		if !strings.HasPrefix(def, "${") || !strings.HasSuffix(def, "}") {
			v.add(path+".subWorkflowParam.workflowDefinition", def, "must be a definition or an expression")
		}
	case map[string]any, *Def:
	default:
		v.add(path+".subWorkflowParam.workflowDefinition", fmt.Sprint(def), "must be a definition or an expression")
	}
	if p.Version != nil {
		v.atLeast(path+".subWorkflowParam.version", int64(*p.Version), 0)
	}
	if s := p.IdempotencyStrategy; s != "" && literal(s) {
		v.oneOf(path+".subWorkflowParam.idempotencyStrategy", s, idempotencyStrategies...)
	}
}

func (v *validator) terminateTask(path string, t *DefTask) {
	if t.Optional {
		v.add(path+".optional", "true", "a TERMINATE task must not be optional")
	}
	status, _ := t.InputParameters["terminationStatus"].(string)
	v.oneOf(path+".inputParameters.terminationStatus", status, string(Completed), string(Failed), string(Terminated))
}

func (v *validator) waitTask(path string, t *DefTask) {
	path += ".inputParameters"
	duration, until := t.InputParameters["duration"], t.InputParameters["until"]
	if given(duration) && given(until) {
		v.add(path, "", "must not have both duration and until")
	}
	v.literal(path+".duration", duration, v.checks.Duration)
	v.literal(path+".until", until, v.checks.Until)
}

// given reports whether an input is there and not empty.
func given(input any) bool { return input != nil && input != "" }

func (v *validator) httpTask(path string, t *DefTask) {
	if t.InputParameters["uri"] == nil && t.InputParameters["method"] == nil && !v.hasInput(t, "http_request") {
		v.add(path+".inputParameters.http_request", "", "must be given, or uri and method")
	}
}

func (v *validator) inlineTask(path string, t *DefTask) {
	switch t.InputParameters["evaluatorType"] {
	case nil, "javascript", "graaljs":
		v.literal(path+".inputParameters.expression", t.InputParameters["expression"], v.checks.Script)
	}
}

func (v *validator) lambdaTask(path string, t *DefTask) {
	check := v.checks.Script
	if check == nil {
		return
	}
	v.literal(path+".inputParameters.scriptExpression", t.InputParameters["scriptExpression"], func(body string) error {
		return check("(function () { " + body + "\n})()")
	})
}

func (v *validator) jqTask(path string, t *DefTask) {
	query := t.InputParameters["queryExpression"]
	if !given(query) {
		v.text(path+".inputParameters.queryExpression", "")
		return
	}
	v.literal(path+".inputParameters.queryExpression", query, v.checks.JQ)
}

// literal checks an input that is not left to an expression.
func (v *validator) literal(path string, input any, check func(string) error) {
	if !given(input) {
		return
	}
	s, ok := input.(string)
	if !ok {
		v.add(path, fmt.Sprint(input), "must be a text")
	} else if literal(s) {
		v.check(path, s, check)
	}
}

func literal(s string) bool { return !strings.Contains(s, "${") }

// hasInput reports whether a task gets an input from its definition or from its task definition's template.
func (v *validator) hasInput(t *DefTask, name string) bool {
	if t.InputParameters[name] != nil {
		return true
	}
	def := t.TaskDefinition
	if def == nil && v.checks.TaskDef != nil {
		def = v.checks.TaskDef(t.Name)
	}
	return def != nil && def.InputTemplate[name] != nil
}
