package grpcapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// toEngine makes a value of the engine's types from a message.
func toEngine(m proto.Message, v any) error {
	b, err := json.Marshal(read(m.ProtoReflect()))
	if err != nil {
		return fmt.Errorf("encode the message: %w", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return workflow.Errorf(workflow.Invalid, "The message does not make sense: %v", err)
	}
	return nil
}

// fromEngine fills a message from a value of the engine's types. What the contract has no field for is left out.
func fromEngine[M proto.Message](v any, m M) (M, error) {
	b, err := encode(v)
	if err != nil {
		return m, fmt.Errorf("encode: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return m, fmt.Errorf("decode: %w", err)
	}
	if err := fill(m.ProtoReflect(), object); err != nil {
		return m, err
	}
	return m, nil
}

func encode(v any) ([]byte, error) {
	if a, ok := v.(interface{ AppendJSON([]byte) ([]byte, error) }); ok {
		return a.AppendJSON(nil)
	}
	return json.Marshal(v)
}

// Fields whose zero cannot be meant: the engine's default stands for it.
var zeroIsAbsent = map[protoreflect.FullName]bool{
	"conductor.proto.WorkflowDef.version":                     true,
	"conductor.proto.WorkflowDef.schema_version":              true,
	"conductor.proto.WorkflowDef.failure_workflow_version":    true,
	"conductor.proto.WorkflowTask.rate_limited":               true,
	"conductor.proto.WorkflowTask.items":                      true,
	"conductor.proto.WorkflowTask.join_mode":                  true,
	"conductor.proto.SubWorkflowParams.version":               true,
	"conductor.proto.TaskDef.response_timeout_seconds":        true,
	"conductor.proto.TaskDef.concurrent_exec_limit":           true,
	"conductor.proto.TaskDef.rate_limit_frequency_in_seconds": true,
	"conductor.proto.TaskDef.poll_timeout_seconds":            true,
	"conductor.proto.TaskDef.backoff_scale_factor":            true,
	"conductor.proto.SchemaDef.version":                       true,
	"conductor.proto.StartWorkflowRequest.version":            true,
	"conductor.proto.EventHandler.StartWorkflow.version":      true,
}

// Fields whose names in JSON do not follow from their names here.
var jsonNames = map[protoreflect.FullName]string{
	"conductor.proto.EventHandler.Action.start_workflow":            workflow.ActionStart,
	"conductor.proto.EventHandler.Action.complete_task":             workflow.ActionComplete,
	"conductor.proto.EventHandler.Action.fail_task":                 workflow.ActionFail,
	"conductor.proto.EventHandler.Action.terminate_workflow":        workflow.ActionTerminate,
	"conductor.proto.EventHandler.Action.update_workflow_variables": workflow.ActionVariables,
	"conductor.proto.EventHandler.Action.expand_inline_json":        "expandInlineJSON",
}

func jsonName(f protoreflect.FieldDescriptor) string {
	if name, ok := jsonNames[f.FullName()]; ok {
		return name
	}
	return f.JSONName()
}

// actions is the enumeration whose names JSON writes in lower case.
const actions = protoreflect.FullName("conductor.proto.EventHandler.Action.Type")

const (
	retryCount = protoreflect.FullName("conductor.proto.WorkflowTask.retry_count") // -1 stands for none
	taskList   = protoreflect.FullName("conductor.proto.WorkflowTask.WorkflowTaskList")
	anyValue   = protoreflect.FullName("google.protobuf.Value")
	anyMessage = protoreflect.FullName("google.protobuf.Any")
)

// read returns a message as JSON would show it.
func read(m protoreflect.Message) map[string]any {
	out := map[string]any{}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) && (f.HasPresence() || zeroIsAbsent[f.FullName()]) || message(f, anyMessage) {
			continue
		}
		v := m.Get(f)
		switch {
		case f.FullName() == retryCount && v.Int() < 0:
		case f.IsMap():
			object := make(map[string]any, v.Map().Len())
			v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
				object[k.String()] = readOne(f.MapValue(), e)
				return true
			})
			out[jsonName(f)] = object
		case f.IsList():
			list := make([]any, v.List().Len())
			for i := range list {
				list[i] = readOne(f, v.List().Get(i))
			}
			out[jsonName(f)] = list
		default:
			out[jsonName(f)] = readOne(f, v)
		}
	}
	return out
}

func message(f protoreflect.FieldDescriptor, name protoreflect.FullName) bool {
	return f.Message() != nil && f.Message().FullName() == name
}

func readOne(f protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch {
	case message(f, anyValue):
		if value, ok := v.Message().Interface().(*structpb.Value); ok {
			return value.AsInterface()
		}
		return nil
	case message(f, taskList):
		tasks := read(v.Message())["tasks"]
		return tasks
	case f.Message() != nil:
		return read(v.Message())
	case f.Enum() != nil:
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			if f.Enum().FullName() == actions {
				return strings.ToLower(string(e.Name()))
			}
			return string(e.Name())
		}
		return fmt.Sprint(v.Enum()) // which nobody takes for a name
	default:
		return v.Interface()
	}
}

// fill sets the fields of a message from the JSON object that stands for it.
func fill(m protoreflect.Message, object map[string]any) error {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		v := object[jsonName(f)]
		if v == nil {
			if f.FullName() == retryCount {
				m.Set(f, protoreflect.ValueOfInt32(-1))
			}
			continue
		}
		if err := fillField(m, f, v); err != nil {
			return fmt.Errorf("%s: %w", f.FullName(), err)
		}
	}
	return nil
}

func fillField(m protoreflect.Message, f protoreflect.FieldDescriptor, v any) error {
	switch {
	case message(f, anyMessage):
		return nil
	case f.IsMap():
		object, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%T is no object", v)
		}
		to := m.Mutable(f).Map()
		for k, e := range object {
			one, err := scalar(f.MapValue(), e, to.NewValue)
			if err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
			to.Set(protoreflect.ValueOfString(k).MapKey(), one)
		}
	case f.IsList():
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%T is no list", v)
		}
		to := m.Mutable(f).List()
		for i, e := range list {
			one, err := scalar(f, e, to.NewElement)
			if err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
			to.Append(one)
		}
	default:
		one, err := scalar(f, v, func() protoreflect.Value { return m.NewField(f) })
		if err != nil {
			return err
		}
		if one.IsValid() {
			m.Set(f, one)
		}
	}
	return nil
}

// scalar converts one value; the zero Value stands for an enumeration's name that the contract does not know.
func scalar(f protoreflect.FieldDescriptor, v any, empty func() protoreflect.Value) (protoreflect.Value, error) {
	switch {
	case message(f, anyValue):
		value, err := valueOf(v)
		return protoreflect.ValueOfMessage(value.ProtoReflect()), err
	case message(f, taskList):
		to := empty()
		return to, fill(to.Message(), map[string]any{"tasks": v})
	case f.Message() != nil:
		object, ok := v.(map[string]any)
		if !ok {
			return protoreflect.Value{}, fmt.Errorf("%T is no object", v)
		}
		to := empty()
		return to, fill(to.Message(), object)
	case f.Enum() != nil:
		name, _ := v.(string)
		if f.Enum().FullName() == actions {
			name = strings.ToUpper(name)
		}
		if e := f.Enum().Values().ByName(protoreflect.Name(name)); e != nil {
			return protoreflect.ValueOfEnum(e.Number()), nil
		}
		return protoreflect.Value{}, nil
	}
	switch f.Kind() {
	case protoreflect.StringKind:
		if s, ok := v.(string); ok {
			return protoreflect.ValueOfString(s), nil
		}
		b, err := json.Marshal(v) // a free value where the contract has text
		return protoreflect.ValueOfString(string(b)), err
	case protoreflect.BoolKind:
		b, ok := v.(bool)
		if !ok {
			return protoreflect.Value{}, fmt.Errorf("%T is no boolean", v)
		}
		return protoreflect.ValueOfBool(b), nil
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		n, ok := v.(json.Number)
		if !ok {
			return protoreflect.Value{}, fmt.Errorf("%T is no number", v)
		}
		i, err := n.Int64()
		if err != nil {
			return protoreflect.Value{}, err
		}
		if f.Kind() == protoreflect.Int32Kind {
			return protoreflect.ValueOfInt32(int32(min(max(i, math.MinInt32), math.MaxInt32))), nil
		}
		return protoreflect.ValueOfInt64(i), nil
	default:
		return protoreflect.Value{}, fmt.Errorf("kind %s is not in the contract", f.Kind())
	}
}

// valueOf converts free JSON. Every number is a double there.
func valueOf(v any) (*structpb.Value, error) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		return structpb.NewNumberValue(n), err
	case []any:
		list := &structpb.ListValue{Values: make([]*structpb.Value, len(v))}
		for i, e := range v {
			one, err := valueOf(e)
			if err != nil {
				return nil, err
			}
			list.Values[i] = one
		}
		return structpb.NewListValue(list), nil
	case map[string]any:
		object := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(v))}
		for k, e := range v {
			one, err := valueOf(e)
			if err != nil {
				return nil, err
			}
			object.Fields[k] = one
		}
		return structpb.NewStructValue(object), nil
	default:
		return structpb.NewValue(v)
	}
}
