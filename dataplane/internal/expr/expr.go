// Package expr evaluates what definitions may hold in place of values: ${} templates, JavaScript, jq, and the texts of
// durations and dates.
//
// It is pure: values come from a [Document], time limits and contexts from the caller. Parsed templates, scripts and
// queries are kept in bounded caches, because definitions evaluate the same few over and over.
package expr

import (
	"encoding/json"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/expr/jsonpath"
)

// Document gives the values that ${} expressions see, one field at a time, so that nothing is decoded that is not asked
// for. A value is decoded JSON (map[string]any, []any, string, bool, nil, json.Number, float64, int64), an [Env] or another
// [jsonpath.Object], which is asked only for the fields that a path leads through.
// Expressions that select parts of a value share structure with it, so values must not change afterwards.
type Document interface {
	// Field returns one field of a root: ("workflow", "input"), ("encode_ref", "output"). An expression that is one
	// bare name, as ${NAME}, and names no root is asked for as the field "" of that name.
	Field(root, name string) (value any, ok bool)
	// Root returns all fields of a root, for expressions that look at the root as a whole.
	Root(root string) (fields map[string]any, ok bool)
}

// Env looks up ${workflow.env.NAME}. It may be nil. A path that goes on behind the name reads the variable as JSON.
// A [Document] hands it out as the value of the field "env" of "workflow".
type Env func(name string) (string, bool)

// Get implements [jsonpath.Object].
func (e Env) Get(name string) (any, bool) {
	if e == nil {
		return nil, false
	}
	s, ok := e(name)
	return variable(s), ok
}

// Plain implements [jsonpath.Object]. Variables cannot be listed, only asked for by name.
func (Env) Plain() any { return map[string]any{} }

// variable is the text of an environment variable, which is an object where a path goes on into it.
type variable string

func (v variable) Get(name string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(string(v)))
	d.UseNumber()
	var fields map[string]any
	if d.Decode(&fields) != nil {
		return nil, false
	}
	child, ok := fields[name]
	return child, ok
}

func (v variable) Plain() any { return string(v) }

// roots is a Document as the object that paths start from.
type roots struct{ Document }

func (r roots) Get(name string) (any, bool) { return fields{r.Document, name}, true }

// Plain is empty: a document cannot list its roots.
func (roots) Plain() any { return map[string]any{} }

// fields is one root of a Document.
type fields struct {
	doc  Document
	root string
}

func (f fields) Get(name string) (any, bool) { return f.doc.Field(f.root, name) }

func (f fields) Plain() any {
	if all, ok := f.doc.Root(f.root); ok {
		return all
	}
	v, _ := f.doc.Field(f.root, "")
	return v
}

var (
	_ jsonpath.Object = Env(nil)
	_ jsonpath.Object = variable("")
	_ jsonpath.Object = roots{}
	_ jsonpath.Object = fields{}
)
