package workflow

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestUnmarshal_ScalarsThatAreWrittenAsOthers has what definitions and requests of the field hold, and what Conductor makes of it.
func TestUnmarshal_ScalarsThatAreWrittenAsOthers(t *testing.T) {
	for _, c := range []struct {
		name, text string
		into       any
		want       string // within what is written again
	}{
		{"a number as a text", `{"name":"x","retryCount":"4"}`, &TaskDef{}, `"retryCount":4`},
		{"with space", `{"name":"x","retryCount":" 4 "}`, &TaskDef{}, `"retryCount":4`},
		{"a fraction", `{"name":"x","retryCount":1.7}`, &TaskDef{}, `"retryCount":1`},
		{"a whole number with a point", `{"name":"x","timeoutSeconds":60.0}`, &TaskDef{}, `"timeoutSeconds":60`},
		{"an empty text", `{"name":"x","timeoutSeconds":"","responseTimeoutSeconds":""}`, &TaskDef{}, `"responseTimeoutSeconds":3600`},
		{"a flag as a text", `{"name":"x","enforceSchema":"true"}`, &TaskDef{}, `"enforceSchema":true`},
		{"a text as a number", `{"name":5}`, &TaskDef{}, `"name":"5"`},
		{"behind a pointer", `{"name":"x","concurrentExecLimit":"2"}`, &TaskDef{}, `"concurrentExecLimit":2`},
		{"below 0", `{"name":"x","timeoutSeconds":-1,"concurrentExecLimit":-1}`, &TaskDef{}, `"concurrentExecLimit":0`},
		{"in a definition", `{"name":"w","version":"3","tasks":[],"restartable":"False"}`, &Def{}, `"restartable":false`},
		{"in a task", `{"name":"w","tasks":[{"name":"t","taskReferenceName":"t","optional":"True","startDelay":"5"}]}`, &Def{}, `"optional":true`},
		{
			"in a sub-workflow", `{"name":"w","tasks":[{"name":"t","taskReferenceName":"t","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"c","version":"2"}}]}`,
			&Def{}, `"subWorkflowParam":{"name":"c","version":2}`,
		},
		{
			"the name of a sub-workflow's own definition", `{"name":"w","tasks":[{"name":"t","taskReferenceName":"t","type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":{"name":"c"}}}]}`,
			&Def{}, `"subWorkflowParam":{"name":"c",`,
		},
		{"in a list and a map", `{"name":"w","taskToDomain":{"t":1},"version":"7","input":{"n":"7","f":1.50}}`, &StartRequest{}, `"taskToDomain":{"t":"1"}`},
		{"what is free stays", `{"name":"w","version":"7","input":{"n":"7","big":9007199254740993}}`, &StartRequest{}, `{"big":9007199254740993,"n":"7"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Unmarshal([]byte(c.text), c.into); err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(c.into); err != nil || !strings.Contains(string(got), c.want) {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestUnmarshal_WhatCannotBeMeant(t *testing.T) {
	for _, text := range []string{
		`{"name":"x","retryCount":"many"}`, `{"name":"x","enforceSchema":"yes"}`, `{"name":"x","inputKeys":"a"}`, `{"name":{}}`, `[]`, `{"retryCount":"4"`,
	} {
		if err := Unmarshal([]byte(text), &TaskDef{}); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
