package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// Unmarshal is json.Unmarshal for what clients send. As Conductor does, it takes a number or a flag that is written as a text
// ("3", "true"), a text that is written as a number or a flag, and a fraction where a whole number belongs, whose part behind the
// point is dropped. An empty text stands for a number or flag that is not given.
func Unmarshal(b []byte, v any) error { return lenient(b, v, json.Unmarshal) }

// UnmarshalExact is Unmarshal, but that it keeps the digits of numbers in free-form values.
func UnmarshalExact(b []byte, v any) error {
	return lenient(b, v, func(b []byte, v any) error {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		return d.Decode(v)
	})
}

// lenient decodes with unmarshal; when a value has the wrong type, once more with all scalars made what their fields want. An
// error is the first attempt's, which knows what was written.
func lenient(b []byte, v any, unmarshal func([]byte, any) error) error {
	err := unmarshal(b, v)
	if _, mismatch := errors.AsType[*json.UnmarshalTypeError](err); !mismatch {
		return err
	}
	var free any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&free) != nil {
		return err
	}
	fitted, encodeErr := json.Marshal(fit(free, reflect.TypeOf(v)))
	if encodeErr != nil || unmarshal(fitted, v) != nil {
		return err
	}
	return nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// fit makes the scalars within v what t wants, as far as they can be. What decodes itself is left as it is.
func fit(v any, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return v
	}
	switch value := v.(type) {
	case map[string]any:
		fitObject(value, t)
	case []any:
		if t.Kind() == reflect.Slice {
			for i, e := range value {
				value[i] = fit(e, t.Elem())
			}
		}
	case string:
		return fitText(value, t.Kind())
	case json.Number:
		return fitNumber(value, t.Kind())
	case bool:
		if t.Kind() == reflect.String {
			return strconv.FormatBool(value)
		}
	}
	return v
}

func fitObject(object map[string]any, t reflect.Type) {
	switch t.Kind() {
	case reflect.Map:
		for k, e := range object {
			object[k] = fit(e, t.Elem())
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if e, there := object[name]; there && name != "" {
				object[name] = fit(e, f.Type)
			}
		}
	}
}

func fitText(s string, want reflect.Kind) any {
	trimmed := strings.TrimSpace(s)
	switch want {
	case reflect.Bool:
		switch trimmed {
		case "true", "True", "TRUE":
			return true
		case "false", "False", "FALSE":
			return false
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		if _, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return json.Number(trimmed)
		}
	default:
		return s
	}
	if trimmed == "" {
		return nil
	}
	return s
}

func fitNumber(n json.Number, want reflect.Kind) any {
	switch want {
	case reflect.String:
		return n.String()
	case reflect.Int, reflect.Int32, reflect.Int64:
		if f, err := n.Float64(); err == nil && strings.ContainsAny(n.String(), ".eE") && f > -1<<53 && f < 1<<53 {
			return int64(f)
		}
	}
	return n
}
