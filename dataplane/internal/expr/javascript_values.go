package expr

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// maxSafeInteger is the largest integer up to which JavaScript tells all integers apart.
const maxSafeInteger = 1<<53 - 1

// prepare sets the globals of a script.
func prepare(vm *goja.Runtime, s *script, input map[string]any) error {
	vm.SetParserOptions(parser.WithDisableSourceMaps)
	if s.console {
		console := vm.NewObject()
		for _, name := range []string{"log", "info", "warn", "error", "debug", "trace"} {
			if err := console.Set(name, func(goja.FunctionCall) goja.Value { return goja.Undefined() }); err != nil {
				return err
			}
		}
		if err := vm.Set("console", console); err != nil {
			return err
		}
	}
	if s.json {
		if err := boundNesting(vm); err != nil {
			return err
		}
	}
	in := importer{vm: vm}
	if s.javaish {
		var err error
		if in.mapProto, err = helpers(vm, vm.NewObject().Prototype(), mapHelpers); err != nil {
			return err
		}
		if in.listProto, err = helpers(vm, vm.NewArray().Prototype(), listHelpers); err != nil {
			return err
		}
	}
	if input == nil {
		input = map[string]any{}
	}
	v, err := in.value(input)
	if err != nil {
		return err
	}
	return vm.Set("$", v)
}

// boundNesting makes JSON.parse refuse text that nests so deep that the engine's parser would run out of stack.
func boundNesting(vm *goja.Runtime) error {
	object := vm.Get("JSON").ToObject(vm)
	parse, ok := goja.AssertFunction(object.Get("parse"))
	if !ok {
		return nil
	}
	return object.Set("parse", func(call goja.FunctionCall) goja.Value {
		depth := 0
		for _, c := range call.Argument(0).String() {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth--
			}
			if depth > 10_000 {
				panic(vm.NewTypeError("JSON nests too deep"))
			}
		}
		v, err := parse(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return v
	})
}

var helperCall = regexp.MustCompile(`\b(size|get|contains|containsKey|isEmpty)\b`)

// javaish reports whether a script may call one of the helpers.
func javaish(source string) bool { return helperCall.MatchString(source) }

type helper func(vm *goja.Runtime, this *goja.Object, arg goja.Value) any

var mapHelpers = map[string]helper{
	"size":    func(_ *goja.Runtime, this *goja.Object, _ goja.Value) any { return len(this.Keys()) },
	"isEmpty": func(_ *goja.Runtime, this *goja.Object, _ goja.Value) any { return len(this.Keys()) == 0 },
	"containsKey": func(_ *goja.Runtime, this *goja.Object, k goja.Value) any {
		return slices.Contains(this.Keys(), k.String())
	},
	"get": func(_ *goja.Runtime, this *goja.Object, k goja.Value) any {
		if !slices.Contains(this.Keys(), k.String()) {
			return goja.Null()
		}
		return this.Get(k.String())
	},
}

var listHelpers = map[string]helper{
	"size":    func(_ *goja.Runtime, this *goja.Object, _ goja.Value) any { return this.Get("length") },
	"isEmpty": func(_ *goja.Runtime, this *goja.Object, _ goja.Value) any { return this.Get("length").ToInteger() == 0 },
	"get":     func(_ *goja.Runtime, this *goja.Object, i goja.Value) any { return this.Get(i.String()) },
	"contains": func(vm *goja.Runtime, this *goja.Object, v goja.Value) any {
		includes, _ := goja.AssertFunction(this.Get("includes"))
		found, err := includes(this, v)
		if err != nil {
			panic(err)
		}
		return found
	},
}

// helpers makes a prototype that inherits from base and has the given methods. They are not enumerable, so loops over
// fields and JSON.stringify do not see them.
func helpers(vm *goja.Runtime, base *goja.Object, methods map[string]helper) (*goja.Object, error) {
	proto := vm.CreateObject(base)
	for name, m := range methods {
		f := func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(m(vm, call.This.ToObject(vm), call.Argument(0)))
		}
		if err := proto.DefineDataProperty(name, vm.ToValue(f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			return nil, err
		}
	}
	return proto, nil
}

// importer makes JavaScript values of decoded JSON.
type importer struct {
	vm                  *goja.Runtime
	mapProto, listProto *goja.Object // nil: the language's own
}

func (in importer) value(v any) (goja.Value, error) {
	switch v := v.(type) {
	case map[string]any:
		return in.object(v)
	case []any:
		items := make([]any, len(v))
		for i, e := range v {
			item, err := in.value(e)
			if err != nil {
				return nil, err
			}
			items[i] = item
		}
		list := in.vm.NewArray(items...)
		if in.listProto == nil {
			return list, nil
		}
		return list, list.SetPrototype(in.listProto)
	case json.Number:
		if n, err := v.Int64(); err == nil && n <= maxSafeInteger && n >= -maxSafeInteger {
			return in.vm.ToValue(n), nil
		}
		f, err := v.Float64()
		if err != nil && !math.IsInf(f, 0) {
			return nil, fmt.Errorf("number %q: %w", v, err)
		}
		return in.vm.ToValue(f), nil
	case nil, bool, string, int, int64, float64:
		return in.vm.ToValue(v), nil
	}
	return nil, fmt.Errorf("a value of type %T is not JSON", v)
}

func (in importer) object(m map[string]any) (goja.Value, error) {
	var o *goja.Object
	if in.mapProto == nil {
		o = in.vm.NewObject()
	} else {
		o = in.vm.CreateObject(in.mapProto)
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v, err := in.value(m[k])
		if err != nil {
			return nil, err
		}
		// A helper's name or __proto__ would not become a field of the object by plain assignment.
		if err := o.DefineDataProperty(k, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// exporter makes decoded JSON of JavaScript values.
type exporter struct {
	left int                   // bytes of JSON that may still come
	open map[*goja.Object]bool // the objects around the current one
}

func (x *exporter) export(v goja.Value) (any, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return x.primitive(v)
	}
	if _, callable := goja.AssertFunction(o); callable {
		return nil, x.take(4)
	}
	switch o.ClassName() {
	case "Date":
		t, ok := o.Export().(time.Time)
		if !ok {
			return nil, x.take(4) // an invalid date
		}
		return t.UTC().Format("2006-01-02T15:04:05.000Z"), x.take(26)
	case "Number":
		return scalar(o.ToNumber().Export()), x.take(5)
	case "Boolean":
		return scalar(o.Export()), x.take(5)
	case "String", "Error":
		return o.String(), x.take(len(o.String()) + 2)
	}
	if x.open[o] {
		return nil, &ScriptError{Message: "the result contains itself, so it cannot be written as JSON"}
	}
	if len(x.open) == maxDepth {
		return nil, &ScriptError{Message: fmt.Sprintf("the result nests deeper than %d levels", maxDepth)}
	}
	x.open[o] = true
	defer delete(x.open, o)
	if o.ClassName() == "Array" {
		return x.list(o)
	}
	return x.fields(o)
}

func (x *exporter) primitive(v goja.Value) (any, error) {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return nil, x.take(4)
	}
	if _, ok := v.(*goja.Symbol); ok {
		return nil, x.take(4)
	}
	out := scalar(v.Export())
	if s, ok := out.(string); ok {
		return s, x.take(len(s) + 2)
	}
	return out, x.take(5)
}

// scalar maps what the engine exports for primitive values to JSON.
func scalar(v any) any {
	switch v := v.(type) {
	case bool, int64:
		return v
	case string:
		return strings.ToValidUTF8(v, "\uFFFD")
	case float64:
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return nil
		case v == math.Trunc(v) && math.Abs(v) <= maxSafeInteger:
			return int64(v)
		}
		return v
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
		return json.Number(v.String())
	}
	return nil
}

func (x *exporter) list(o *goja.Object) (any, error) {
	n := int(o.Get("length").ToInteger())
	if err := x.take(2 + n); err != nil {
		return nil, err
	}
	out := make([]any, n)
	for i := range n {
		var err error
		if out[i], err = x.export(o.Get(strconv.Itoa(i))); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (x *exporter) fields(o *goja.Object) (any, error) {
	out := map[string]any{}
	for _, k := range o.Keys() {
		if err := x.take(len(k) + 4); err != nil {
			return nil, err
		}
		v, err := x.export(o.Get(k))
		if err != nil {
			return nil, err
		}
		out[strings.ToValidUTF8(k, "\uFFFD")] = v
	}
	return out, nil
}

// take counts n bytes of the result.
func (x *exporter) take(n int) error {
	if x.left -= n; x.left < 0 {
		return &ScriptError{Message: fmt.Sprintf("the result is larger than %d MiB", maxResult>>20)}
	}
	return nil
}
