// Package schema checks payloads against JSON Schemas. It is pure: a schema that refers to another document, on the network
// or in a file, is refused.
package schema

import (
	"errors"
	"fmt"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// maxViolations bounds what is told about one payload.
const maxViolations = 20

// compiled holds what schemas were compiled to. A definition is not changed once it is in use, so that its address names it.
var compiled = newCache(1024)

type result struct {
	schema *jsonschema.Schema
	err    error
}

func newCache(size int) *lru.Cache[*workflow.SchemaDef, result] {
	c, err := lru.New[*workflow.SchemaDef, result](size)
	if err != nil {
		panic(err) // the size is not positive
	}
	return c
}

// Enforced reports whether there is anything to check: only JSON schemas that hold their text are checked.
func Enforced(def *workflow.SchemaDef) bool {
	return def != nil && (def.Type == "" || def.Type == "JSON") && len(def.Data) > 0
}

// Compile reports what is wrong with a schema's text, nil when nothing is, or when it is of a kind that is not checked.
func Compile(def *workflow.SchemaDef) error {
	if !Enforced(def) {
		return nil
	}
	_, err := compile(def)
	return err
}

// Check returns where a payload breaks a schema, in the order of the fields; root begins each path, as in "input". A schema
// that cannot be compiled is an error.
func Check(def *workflow.SchemaDef, p workflow.Payload, root string) ([]workflow.Violation, error) {
	if !Enforced(def) {
		return nil, nil
	}
	r, ok := compiled.Get(def)
	if !ok {
		r.schema, r.err = compile(def)
		compiled.Add(def, r)
	}
	if r.err != nil {
		return nil, r.err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(p.String()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	err = r.schema.Validate(v)
	if err == nil {
		return nil, nil
	}
	broken, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	return violations(nil, broken, root), nil
}

// Reason puts violations into one sentence.
func Reason(violations []workflow.Violation) string {
	parts := make([]string, len(violations))
	for i, v := range violations {
		parts[i] = v.Path + ": " + v.Message
	}
	return strings.Join(parts, "; ")
}
