// Package openapi describes an HTTP API as an OpenAPI 3.0 document: from a table of its operations, with the schemas of the Go
// types that travel. Pure.
package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// Text is the type of a body that is bare text.
type Text string

// Operation is one call.
type Operation struct {
	Method  string
	Path    string // parameters are written /:name, the rest of a path /*
	Tag     string
	Summary string // one line
	Query   string // parameters, see [Document.Add]
	Body    any    // a value of the type that is sent; nil: nothing
	Result  any    // a value of the type that is answered, Text for text; nil: nothing
	Status  int    // of the answer; 0: 200
	Empty   string // when it answers 204 instead, "" for never
	Open    bool   // it asks for no token

	Permission string // what a caller needs
}

// Document is an OpenAPI document in the making.
type Document struct {
	info    map[string]any
	paths   map[string]map[string]any
	schemas schemas
	shapes  map[string]string // shape of a path: the path
	ids     map[string]int
	problem string // name of the schema of errors
}

// New begins a document. problem is a value of the type that errors are answered with.
func New(title, version, about string, problem any) *Document {
	d := &Document{
		info:  map[string]any{"title": title, "version": version, "description": about},
		paths: map[string]map[string]any{}, schemas: schemas{}, shapes: map[string]string{}, ids: map[string]int{},
	}
	d.schemas.of(reflect.TypeOf(problem))
	d.problem = nameOf(reflect.TypeOf(problem))
	return d
}

// Add enters an operation. Query lists parameters by spaces, each as name, name:type or name:type=default, where the type
// is string, int or bool, and a * behind it says that the parameter may be repeated; a ! before the name that it is needed.
func (d *Document) Add(o Operation) {
	path, params := d.pathOf(o.Path)
	for p := range strings.FieldsSeq(o.Query) {
		params = append(params, queryParam(p))
	}
	op := map[string]any{
		"tags": []string{o.Tag}, "summary": o.Summary, "operationId": d.operationID(o.Method, path),
		"responses": d.responses(o),
	}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if o.Body != nil {
		op["requestBody"] = map[string]any{"required": true, "content": d.content(o.Body)}
	}
	if o.Open {
		op["security"] = []any{}
	}
	if o.Permission != "" {
		op["x-permission"] = o.Permission
	}
	if d.paths[path] == nil {
		d.paths[path] = map[string]any{}
	}
	d.paths[path][strings.ToLower(o.Method)] = op
}

func (d *Document) responses(o Operation) map[string]any {
	status := o.Status
	if status == 0 {
		status = http.StatusOK
	}
	answer := map[string]any{"description": http.StatusText(status)}
	if o.Result != nil {
		answer["content"] = d.content(o.Result)
	}
	problem := func(about string) map[string]any {
		return map[string]any{"description": about, "content": map[string]any{
			"application/json": map[string]any{"schema": ref(d.problem)},
		}}
	}
	out := map[string]any{strconv.Itoa(status): answer, "default": problem("What went wrong")}
	if o.Empty != "" {
		out["204"] = map[string]any{"description": o.Empty}
	}
	return out
}

func (d *Document) content(v any) map[string]any {
	if _, ok := v.(Text); ok {
		return map[string]any{"text/plain": map[string]any{"schema": map[string]any{"type": "string"}}}
	}
	return map[string]any{"application/json": map[string]any{"schema": d.schemas.of(reflect.TypeOf(v))}}
}

// JSON returns the document. Calls carry a token in X-Authorization, where the server wants one.
func (d *Document) JSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"openapi": "3.0.3", "info": d.info, "paths": d.paths,
		"components": map[string]any{
			"schemas":         d.schemas,
			"securitySchemes": map[string]any{"token": map[string]any{"type": "apiKey", "in": "header", "name": "X-Authorization"}},
		},
		"security": []any{map[string]any{"token": []string{}}},
	})
}

// Shape is a path with its parameters' names left out. Routes of the same shape are one path of the document.
func Shape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || strings.HasPrefix(p, "{") || p == "*" {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// pathOf is a path as the document writes it, with its parameters. Names are those of the first operation of its shape, as
// OpenAPI wants them alike.
func (d *Document) pathOf(path string) (string, []any) {
	shape := Shape(path)
	if d.shapes[shape] == "" {
		d.shapes[shape] = path
	}
	var params []any
	parts := strings.Split(d.shapes[shape], "/")
	for i, p := range parts {
		name, ok := strings.CutPrefix(p, ":")
		if p == "*" { // the rest of the path
			name, ok = "path", true
		}
		if !ok {
			continue
		}
		parts[i] = "{" + name + "}"
		kind := "string"
		if name == "version" {
			kind = "integer"
		}
		params = append(params, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": kind}})
	}
	return strings.Join(parts, "/"), params
}

func queryParam(s string) map[string]any {
	s, def, _ := strings.Cut(s, "=")
	name, kind, _ := strings.Cut(s, ":")
	name, needed := strings.CutPrefix(name, "!")
	kind, many := strings.CutSuffix(kind, "*")
	schema := map[string]any{"type": "string"}
	switch kind {
	case "int":
		schema["type"] = "integer"
		if n, err := strconv.Atoi(def); err == nil {
			schema["default"] = n
		}
	case "bool":
		schema["type"], schema["default"] = "boolean", def == "true"
	default:
		if def != "" {
			schema["default"] = def
		}
	}
	if many {
		schema = map[string]any{"type": "array", "items": schema}
	}
	out := map[string]any{"name": name, "in": "query", "schema": schema}
	if needed {
		out["required"] = true
	}
	return out
}

// operationID is a name that code generators can use: getWorkflowStatus.
func (d *Document) operationID(method, path string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/-_.{}", r) }) {
		if part != "api" {
			fmt.Fprint(&b, strings.ToUpper(part[:1]), part[1:])
		}
	}
	id := b.String()
	if d.ids[id]++; d.ids[id] > 1 {
		id += strconv.Itoa(d.ids[id])
	}
	return id
}
