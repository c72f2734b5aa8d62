package expr

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
)

const (
	// DefaultLimit is the time limit of a script that is run with the limit 0.
	DefaultLimit = 4 * time.Second
	// MaxLimit is the longest time limit.
	MaxLimit = 10 * time.Second

	maxCalls  = 2000     // depth of JavaScript calls
	maxResult = 10 << 20 // bytes of JSON that a script or query may return
	maxDepth  = 500      // levels of maps and lists that a script may return
	grace     = 100 * time.Millisecond
)

// boundRegexps makes backtracking regular expressions give up at some time, because they cannot be interrupted. They must
// not do so before a script is over its own limit: it would go on as if there were no match.
var boundRegexps = sync.OnceFunc(func() { regexp2.DefaultMatchTimeout = MaxLimit })

// JavaScript runs a script, with a deep copy of input as the global $, and returns the value of its last expression
// statement as decoded JSON: nil (also for undefined and functions), bool, string, int64 for integral numbers, float64,
// []any or map[string]any; dates become ISO texts. Maps and lists of the input answer to size(), get(), contains(),
// containsKey() and isEmpty() unless they have such a field. Every run has a fresh global scope.
//
// Errors: [*ScriptError] for what the script threw and for a result that is no JSON or too large, [ErrTimeLimit], or the
// context's. The limit is [DefaultLimit] if 0 and at most [MaxLimit]. It ends JavaScript code at once; a built-in
// function that takes longer goes on until it returns, but the caller is answered.
func JavaScript(ctx context.Context, source string, input map[string]any, limit time.Duration) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)

	type outcome struct {
		value any
		err   error
	}
	vm, done := goja.New(), make(chan outcome, 1)
	go func() {
		value, err := run(vm, source, input)
		done <- outcome{value, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var stopped error
	select {
	case o := <-done:
		return o.value, o.err
	case <-timer.C:
		stopped = fmt.Errorf("the script ran for more than %s: %w", limit, ErrTimeLimit)
	case <-ctx.Done():
		stopped = ctx.Err()
	}
	vm.Interrupt(stopped)
	select {
	case <-done:
	case <-time.After(grace):
	}
	return nil, stopped
}

// Lambda is [JavaScript] for a script that is the body of a function and gives its result with return.
func Lambda(ctx context.Context, body string, input map[string]any, limit time.Duration) (any, error) {
	return JavaScript(ctx, "(function () { "+body+"\n})()", input, limit)
}

func run(vm *goja.Runtime, source string, input map[string]any) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			value, err = nil, thrown(r)
		}
	}()
	s, err := compileScript(source)
	if err != nil {
		return nil, err
	}
	vm.SetMaxCallStackSize(maxCalls)
	if err := prepare(vm, s, input); err != nil {
		return nil, thrown(err)
	}
	result, err := vm.RunProgram(s.program)
	if err != nil {
		return nil, thrown(err)
	}
	if p, ok := promise(result); ok {
		if p.State() == goja.PromiseStateRejected {
			return nil, &ScriptError{Message: p.Result().String()}
		}
		result = p.Result()
	}
	out := exporter{left: maxResult, open: map[*goja.Object]bool{}}
	if ex := vm.Try(func() { value, err = out.export(result) }); ex != nil {
		return nil, thrown(ex)
	}
	return value, err
}

// promise reads the result of an async function. Only promises are exported here: a list could be endless.
func promise(v goja.Value) (p *goja.Promise, ok bool) {
	if o, isObject := v.(*goja.Object); isObject && o.ExportType() == reflect.TypeFor[*goja.Promise]() {
		p, ok = o.Export().(*goja.Promise)
	}
	return p, ok
}

// thrown makes a ScriptError of what running a script gave or panicked with.
func thrown(r any) error {
	err, ok := r.(error)
	if !ok {
		return &ScriptError{Message: fmt.Sprintf("the script engine failed: %v", r)}
	}
	if e, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return e
	}
	if _, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		return &ScriptError{Message: "RangeError: Maximum call stack size exceeded"}
	}
	e, ok := errors.AsType[*goja.Exception](err)
	if !ok {
		return &ScriptError{Message: fmt.Sprintf("the script engine failed: %v", err)}
	}
	out := &ScriptError{Message: "null"}
	if v := e.Value(); v != nil {
		out.Message = v.String()
	}
	for _, f := range e.Stack() {
		if out.Line = f.Position().Line; out.Line > 0 {
			break
		}
	}
	return out
}
