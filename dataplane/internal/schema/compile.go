package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// location names the schema while it is compiled; relative references are resolved against it.
const location = "https://schema.invalid/schema.json"

// nowhere loads no other document.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("refers to %s; a schema must be whole in itself", url)
}

func compile(def *workflow.SchemaDef) (*jsonschema.Schema, error) {
	text, err := json.Marshal(meant(def.Data))
	if err != nil {
		return nil, fmt.Errorf("encode schema %s: %w", def.Name, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", def.Name, err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	if err := c.AddResource(location, doc); err != nil {
		return nil, fmt.Errorf("not a JSON schema: %w", err)
	}
	s, err := c.Compile(location)
	if err == nil {
		return s, nil
	}
	if wrong, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if broken, ok := errors.AsType[*jsonschema.ValidationError](wrong.Err); ok {
			return nil, fmt.Errorf("not a JSON schema: %s", Reason(violations(nil, broken, "data")))
		}
	}
	return nil, fmt.Errorf("not a JSON schema: %w", err)
}

// meant is the schema in a definition's text, for two habits of SDKs' users: the text is a whole definition with the schema in
// its data once more, or the schema's own $schema stands among the properties.
func meant(data map[string]any) map[string]any {
	if inner, ok := data["data"].(map[string]any); ok && data["type"] == "JSON" {
		data = inner
	}
	properties, _ := data["properties"].(map[string]any)
	if _, ok := properties["$schema"].(string); !ok {
		return data
	}
	data, properties = maps.Clone(data), maps.Clone(properties)
	delete(properties, "$schema")
	data["properties"] = properties
	return data
}

// violations are the leaves of what the library found: what contains them only says that something in it is wrong.
func violations(out []workflow.Violation, e *jsonschema.ValidationError, root string) []workflow.Violation {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			out = violations(out, c, root)
		}
		return out
	}
	path := root
	for _, part := range e.InstanceLocation {
		path = strings.Join([]string{path, part}, ".")
	}
	add := func(path, message string) {
		if len(out) < maxViolations {
			out = append(out, workflow.Violation{Path: path, Message: message})
		}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required: // the library names the object that lacks the field
		for _, name := range k.Missing {
			add(path+"."+name, "is missing")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(path+"."+name, "is not allowed")
		}
	default:
		add(path, e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
	}
	return out
}
