// Package compose is the compose-flows example: a vendor of network automation whose customers compose flows themselves. Its
// application keeps a key of the cluster for each customer, with which it can do no more than that customer may.
package compose

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
)

// Flow is what a customer composes: steps, one after the other. Values may refer to the input of a run as
// ${workflow.input.x}, and to what an earlier step found as ${step1.output.x}.
type Flow struct {
	Name  string `json:"name"`
	Steps []Step `json:"steps"`
}

// Step is one use of a task of the catalog.
type Step struct {
	Use  string         `json:"use"`
	With map[string]any `json:"with"`
}

// Problem is what is wrong with a flow, in terms of who composed it. Step counts from 1; 0 is the flow itself.
type Problem struct {
	Step    int    `json:"step,omitempty"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// parallel is how many flows of one customer run at a time.
const parallel = 2

// definition is the workflow that a customer's flow becomes. All of a customer's flows share places: more starts are refused.
func definition(customer string, f Flow) map[string]any {
	tasks := make([]map[string]any, len(f.Steps))
	for i, s := range f.Steps {
		input := maps.Clone(s.With)
		if input == nil {
			input = map[string]any{}
		}
		tasks[i] = map[string]any{"name": s.Use, "taskReferenceName": "step" + strconv.Itoa(i+1), "type": "SIMPLE", "inputParameters": input}
	}
	return map[string]any{
		"name": customer + "." + f.Name, "version": 1, "ownerEmail": "network@example.com", "tasks": tasks,
		"description":     fmt.Sprintf("Composed by %s", customer),
		"timeoutPolicy":   "TIME_OUT_WF",
		"timeoutSeconds":  3600,
		"rateLimitConfig": map[string]any{"rateLimitKey": "flows of " + customer, "concurrentExecLimit": parallel, "policy": "REJECT"},
	}
}

var inStep = regexp.MustCompile(`^tasks\[(\d+)\]\.(?:inputParameters\.)?(.+)$`)

// problem says what a violation of a definition means for its flow.
func problem(v violation) Problem {
	m := inStep.FindStringSubmatch(v.Path)
	if m == nil {
		return Problem{Field: v.Path, Message: v.Message}
	}
	i, err := strconv.Atoi(m[1])
	if err != nil {
		return Problem{Field: v.Path, Message: v.Message}
	}
	field := m[2]
	if field == "name" {
		field = "use"
	}
	return Problem{Step: i + 1, Field: field, Message: v.Message}
}
