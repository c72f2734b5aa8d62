package openapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// schemas are the schemas of named types.
type schemas map[string]any

// values of enumerations, by type.
var values = map[reflect.Type][]any{
	reflect.TypeFor[workflow.Status](): {
		workflow.Running, workflow.Paused, workflow.Completed, workflow.Failed, workflow.TimedOut, workflow.Terminated,
	},
	reflect.TypeFor[workflow.TaskStatus](): {
		workflow.TaskScheduled, workflow.TaskInProgress, workflow.TaskCompleted, workflow.TaskCompletedWithErrors, workflow.TaskFailed,
		workflow.TaskFailedTerminal, workflow.TaskTimedOut, workflow.TaskCanceled, workflow.TaskSkipped,
	},
}

// of returns the schema of a type: of a named struct a reference, after the schema itself is entered.
func (s schemas) of(t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[workflow.Payload](), reflect.TypeFor[json.RawMessage]():
		return map[string]any{"type": "object", "additionalProperties": true}
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	}
	if enum := values[t]; enum != nil {
		return map[string]any{"type": "string", "enum": enum}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int64, reflect.Uint64:
		return map[string]any{"type": "integer", "format": "int64"}
	case reflect.Int, reflect.Int32, reflect.Int16, reflect.Int8, reflect.Uint, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		return map[string]any{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.object(t)
	default: // anything
		return map[string]any{}
	}
}

func (s schemas) object(t reflect.Type) map[string]any {
	name := nameOf(t)
	if name == "" {
		return s.fields(t)
	}
	if _, known := s[name]; !known {
		s[name] = nil // it may hold itself
		s[name] = s.fields(t)
	}
	return ref(name)
}

func (s schemas) fields(t reflect.Type) map[string]any {
	properties := map[string]any{}
	s.collect(t, properties)
	return map[string]any{"type": "object", "properties": properties}
}

// collect enters the fields of a struct; those of embedded ones are its own.
func (s schemas) collect(t reflect.Type, properties map[string]any) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			s.collect(inner, properties)
		case f.IsExported() && name != "":
			properties[name] = s.of(f.Type)
		}
	}
}

// named are the types whose name in Conductor is another one than in Go.
var named = map[string]string{
	"Def": "WorkflowDef", "DefTask": "WorkflowTask", "DefSummary": "WorkflowDefSummary", "Execution": "Workflow", "TaskLog": "TaskExecLog",
	"StartRequest": "StartWorkflowRequest", "RerunRequest": "RerunWorkflowRequest", "SkipRequest": "SkipTaskRequest",
	"ErrorBody": "ErrorResponse", "Bulk": "BulkResponse",
}

// nameOf is the name of a struct's schema, "" for one without a name.
func nameOf(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		return ""
	}
	if base, inner, ok := strings.Cut(name, "["); ok { // page[github.com/…/workflow.Task]
		inner = strings.Trim(inner, "]*")
		inner = inner[strings.LastIndexAny(inner, "./")+1:]
		return nameFor(inner) + nameFor(base)
	}
	return nameFor(name)
}

func nameFor(s string) string {
	s = strings.ToUpper(s[:1]) + s[1:]
	if other := named[s]; other != "" {
		return other
	}
	return s
}

func ref(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }
