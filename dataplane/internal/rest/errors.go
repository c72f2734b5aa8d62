package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// errorBody is Conductor's error JSON. Error is for refused tokens only: SDKs read it to decide whether to renew the
// token, and elsewhere it would hide the message.
type errorBody struct {
	Status           int                  `json:"status"`
	Error            string               `json:"error,omitempty"`
	Message          string               `json:"message"`
	Instance         string               `json:"instance"`
	Retryable        bool                 `json:"retryable"`
	ValidationErrors []workflow.Violation `json:"validationErrors,omitempty"`
}

var statusOf = map[workflow.Kind]int{
	workflow.NotFound: http.StatusNotFound,
	workflow.Conflict: http.StatusConflict,
	workflow.Invalid:  http.StatusBadRequest,
	workflow.TooLarge: http.StatusRequestEntityTooLarge,
	workflow.Busy:     http.StatusTooManyRequests,
	workflow.Quota:    http.StatusTooManyRequests,
	workflow.Denied:   http.StatusForbidden,
}

// panicked carries a panic of a handler to where errors are answered.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// guarded returns h with its panics turned into errors.
func guarded(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				err = &panicked{value: p, stack: debug.Stack()}
			}
		}()
		return h(c)
	}
}

// fail answers an error. It is the only place that turns errors into statuses.
func (h *Handler) fail(err error, c echo.Context) {
	r := c.Request()
	if c.Response().Committed {
		h.log.ErrorContext(r.Context(), "request failed after its answer had begun", "method", r.Method, "path", r.URL.Path, "error", err)
		return
	}
	h.answer(c.Response(), r, err)
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, err error) {
	body := errorBody{Status: http.StatusInternalServerError, Message: "Internal error; the server's log has the cause.", Instance: h.instance}
	if e, ok := errors.AsType[*workflow.Error](err); ok {
		body.Status, body.Message, body.ValidationErrors = statusOf[e.Kind], e.Message, e.Violations
		body.Retryable = e.Kind == workflow.Busy
	} else if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		body.Status, body.Message = e.Code, fmt.Sprint(e.Message)
		switch e {
		case echo.ErrNotFound:
			body.Message = fmt.Sprintf("There is no %s %s here.", r.Method, r.URL.Path)
		case echo.ErrMethodNotAllowed:
			body.Message = fmt.Sprintf("%s does not support %s.", r.URL.Path, r.Method)
		}
	} else if errors.Is(err, context.Canceled) {
		// The caller has gone, so that nobody reads this; or the server goes, and the call may be repeated.
		body.Status, body.Message, body.Retryable = http.StatusServiceUnavailable, "The call was cancelled.", true
	}
	if body.Status == 0 || body.Status == http.StatusInternalServerError {
		body.Status = http.StatusInternalServerError
		attrs := []any{"method", r.Method, "path", r.URL.Path, "error", err}
		if p, ok := errors.AsType[*panicked](err); ok {
			attrs = append(attrs, "stack", string(p.stack))
		}
		h.log.ErrorContext(r.Context(), "request failed", attrs...)
	}
	h.writeError(w, body)
}

func (h *Handler) writeError(w http.ResponseWriter, body errorBody) {
	if body.Instance == "" {
		body.Instance = h.instance
	}
	b, err := json.Marshal(body)
	if err != nil {
		h.log.Error("encode error answer", "error", err)
		return
	}
	header := w.Header()
	header["Content-Type"] = typeJSON
	header["X-Content-Type-Options"] = nosniff
	w.WriteHeader(body.Status)
	_, _ = w.Write(b)
}

// invalid is an error of one parameter or field.
func invalid(path, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	return &workflow.Error{
		Kind: workflow.Invalid, Message: path + ": " + msg,
		Violations: []workflow.Violation{{Path: path, Message: msg}},
	}
}

// malformed says what is wrong with a JSON body: where the text breaks, or which field holds the wrong type.
func malformed(err error, body []byte, target any) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		line, column := position(body, e.Offset)
		return workflow.Errorf(workflow.Invalid, "Malformed JSON at line %d, column %d: %s.", line, column, e.Error())
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		want, field := jsonType(e.Type), fieldPath(e.Field)
		if field == "" {
			return workflow.Errorf(workflow.Invalid, "The body must be %s, not a JSON %s.", want, e.Value)
		}
		return invalid(field, "must be %s, not a JSON %s", want, e.Value)
	}
	if errors.Is(err, workflow.ErrNotObject) {
		if field := notObject(body, reflect.TypeOf(target)); field != "" {
			return invalid(field, "%s", workflow.ErrNotObject)
		}
		return workflow.Errorf(workflow.Invalid, "The body %s.", workflow.ErrNotObject)
	}
	return workflow.Errorf(workflow.Invalid, "Malformed JSON: %s.", err)
}

// fieldPath takes out of a path what are embedded Go types and no fields of the JSON.
func fieldPath(path string) string {
	parts := slices.DeleteFunc(strings.Split(path, "."), func(s string) bool {
		return s == "plain" || s != "" && unicode.IsUpper(rune(s[0]))
	})
	return strings.Join(parts, ".")
}

// position converts a syntax error's offset (bytes read, the wrong one included) to line and column from 1.
func position(body []byte, offset int64) (line, column int) {
	before := string(body[:min(max(offset-1, 0), int64(len(body)))])
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n')
}

func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Pointer:
		return jsonType(t.Elem())
	default:
		return "an object"
	}
}

// notObject names the field of a struct that should hold an object and does not: payloads know no more than that they
// are none.
func notObject(body []byte, t reflect.Type) string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var fields map[string]json.RawMessage
	if t == nil || t.Kind() != reflect.Struct || json.Unmarshal(body, &fields) != nil {
		return ""
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Type != reflect.TypeFor[workflow.Payload]() || fields[name] == nil {
			continue
		}
		var p workflow.Payload
		if p.UnmarshalJSON(fields[name]) != nil {
			return name
		}
	}
	return ""
}
