package terraform_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

//go:embed schema.json
var schemaFile []byte

// schema lists, by type, the arguments that resources take. "name!" is required; "block.name" is in a nested block; "=name" can
// only be read. It is kept by hand from the provider's documentation.
var schema = func() map[string][]string {
	var s map[string][]string
	if err := json.Unmarshal(schemaFile, &s); err != nil {
		panic(err)
	}
	return s
}()

// module is a folder of configuration.
type module struct {
	dir    string
	blocks []*hclsyntax.Block
	names  map[string]*hclsyntax.Block // "var.name", "aws_route.cluster", "data.aws_region.here", "local.tags", "module.podium"
}

// modules reads every folder that holds configuration.
func modules(t *testing.T) map[string]*module {
	t.Helper()
	all := map[string]*module{}
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".tf" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(hclwrite.Format(text), text) {
			t.Errorf("%s is not formatted: run terraform fmt", path)
		}
		file, diags := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		dir := filepath.Dir(path)
		if all[dir] == nil {
			all[dir] = &module{dir: dir, names: map[string]*hclsyntax.Block{}}
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			t.Fatalf("%s: body %T", path, file.Body)
		}
		all[dir].blocks = append(all[dir].blocks, body.Blocks...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		m.index(t)
	}
	if len(all) < 6 {
		t.Fatalf("found only %d modules", len(all))
	}
	return all
}

func (m *module) index(t *testing.T) {
	for _, b := range m.blocks {
		var names []string
		switch b.Type {
		case "variable":
			names = []string{"var." + b.Labels[0]}
		case "resource":
			names = []string{strings.Join(b.Labels, ".")}
		case "data":
			names = []string{"data." + strings.Join(b.Labels, ".")}
		case "module":
			names = []string{"module." + b.Labels[0]}
		case "locals":
			for name := range b.Body.Attributes {
				names = append(names, "local."+name)
			}
		}
		for _, name := range names {
			if m.names[name] != nil {
				t.Errorf("%s: %s is there twice", m.dir, name)
			}
			m.names[name] = b
		}
	}
}

// variables calls f with every reference in a body, nested blocks included.
func variables(body *hclsyntax.Body, f func(hcl.Traversal)) {
	for _, a := range body.Attributes {
		for _, v := range a.Expr.Variables() {
			f(v)
		}
	}
	for _, b := range body.Blocks {
		variables(b.Body, f)
	}
}

func TestReferences(t *testing.T) {
	for _, m := range modules(t) {
		used := map[string]bool{}
		for _, b := range m.blocks {
			if b.Type == "variable" { // refers to types, and to itself
				continue
			}
			variables(b.Body, func(v hcl.Traversal) {
				parts := spelled(v)
				name, rest := m.resolve(parts)
				used[name] = true
				if name == "" {
					t.Errorf("%s: %s leads nowhere", v.SourceRange(), strings.Join(parts, "."))
					return
				}
				if b := m.names[name]; b != nil && (b.Type == "resource" || b.Type == "data") && len(rest) > 0 {
					key := b.Labels[0]
					if b.Type == "data" {
						key = "data." + key
					}
					if known, _ := takes(key, rest[0]); !known {
						t.Errorf("%s: %s has no %s", v.SourceRange(), key, rest[0])
					}
				}
			})
		}
		for name, b := range m.names {
			if b.Type != "resource" && b.Type != "module" && !used[name] {
				t.Errorf("%s: nothing uses %s", m.dir, name)
			}
		}
	}
}

func spelled(v hcl.Traversal) []string {
	parts := []string{v.RootName()}
	for _, step := range v[1:] {
		if a, ok := step.(hcl.TraverseAttr); ok {
			parts = append(parts, a.Name)
		}
	}
	return parts
}

// resolve finds what a reference names, and what is wanted of it.
func (m *module) resolve(parts []string) (name string, rest []string) {
	if parts[0] == "each" || parts[0] == "count" {
		return parts[0], nil
	}
	for n := min(3, len(parts)); n > 0; n-- {
		if name := strings.Join(parts[:n], "."); m.names[name] != nil {
			return name, parts[n:]
		}
	}
	return "", nil
}

// takes reports whether a type has the argument or attribute, and whether it can be set.
func takes(kind, name string) (known, settable bool) {
	for _, s := range schema[kind] {
		switch {
		case strings.TrimSuffix(s, "!") == name:
			return true, true
		case s == "="+name:
			known = true
		}
	}
	return known, false
}

// general are arguments that every resource takes.
var general = []string{"count", "for_each", "depends_on", "lifecycle", "provider"}

func TestResources_TakeTheirArguments(t *testing.T) {
	for _, m := range modules(t) {
		for _, b := range m.blocks {
			var kind string
			switch b.Type {
			case "resource":
				kind = b.Labels[0]
			case "data":
				kind = "data." + b.Labels[0]
			default:
				continue
			}
			if _, known := schema[kind]; !known {
				t.Errorf("%s: schema.json has no %s", b.Range(), kind)
				continue
			}
			given := map[string]bool{}
			collect(t, kind, "", b.Body, given)
			for _, s := range schema[kind] {
				if name, required := strings.CutSuffix(s, "!"); required && !strings.Contains(name, ".") && !given[name] {
					t.Errorf("%s: %s %s lacks %s", b.Range(), kind, b.Labels[1], name)
				}
			}
		}
	}
}

func collect(t *testing.T, kind, prefix string, body *hclsyntax.Body, given map[string]bool) {
	t.Helper()
	check := func(name string, at hcl.Range) {
		given[prefix+name] = true
		if _, ok := takes(kind, prefix+name); !ok && (prefix != "" || !slices.Contains(general, name)) {
			t.Errorf("%s: %s does not take %s%s", at, kind, prefix, name)
		}
	}
	for name, a := range body.Attributes {
		check(name, a.Range())
	}
	for _, b := range body.Blocks {
		check(b.Type, b.Range())
		collect(t, kind, prefix+b.Type+".", b.Body, given)
	}
}

// TestModules_AreDescribed: every variable has a type and a description, every output a description, every module a README and an
// example.
func TestModules_AreDescribed(t *testing.T) {
	for dir, m := range modules(t) {
		for _, b := range m.blocks {
			wanted := map[string][]string{"variable": {"type", "description"}, "output": {"value", "description"}}[b.Type]
			for _, a := range wanted {
				if b.Body.Attributes[a] == nil {
					t.Errorf("%s: %s %s has no %s", b.Range(), b.Type, b.Labels[0], a)
				}
			}
		}
		if strings.Contains(dir, "examples") {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
			t.Error(err)
		}
		if examples, err := filepath.Glob(filepath.Join(dir, "examples", "*", "main.tf")); err != nil || len(examples) == 0 {
			t.Errorf("%s has no example: %v", dir, err)
		}
	}
}

// TestExamples_GiveWhatModulesWant: a module's required variables, and no others than it has.
func TestExamples_GiveWhatModulesWant(t *testing.T) {
	all := modules(t)
	for dir, m := range all {
		for _, b := range m.blocks {
			if b.Type != "module" {
				continue
			}
			source, diags := b.Body.Attributes["source"].Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			of := all[filepath.Join(dir, source.AsString())]
			if of == nil {
				t.Fatalf("%s: there is no module %s", b.Range(), source.AsString())
			}
			for name, a := range b.Body.Attributes {
				if name != "source" && of.names["var."+name] == nil {
					t.Errorf("%s: %s has no variable %s", a.Range(), of.dir, name)
				}
			}
			for _, v := range of.blocks {
				if v.Type == "variable" && v.Body.Attributes["default"] == nil && b.Body.Attributes[v.Labels[0]] == nil {
					t.Errorf("%s: lacks %s", b.Range(), v.Labels[0])
				}
			}
		}
	}
}

// TestDataPlane_HasNoRole: S-25. What a data plane runs for its users has no rights in the account, and no instance below it whose
// metadata could be asked for some.
func TestDataPlane_HasNoRole(t *testing.T) {
	tasks := 0
	for _, block := range modules(t)["data-plane"].blocks {
		if block.Type != "resource" || block.Labels[0] != "aws_ecs_task_definition" {
			continue
		}
		tasks++
		if role, is := block.Body.Attributes["task_role_arn"]; is {
			t.Errorf("%s: %s has a role", role.Range(), block.Labels[1])
		}
		on, diags := block.Body.Attributes["requires_compatibilities"].Expr.Value(nil)
		if diags.HasErrors() || on.LengthInt() != 1 || on.AsValueSlice()[0].AsString() != "FARGATE" {
			t.Errorf("%s runs on %#v, want FARGATE alone", block.Labels[1], on)
		}
	}
	if tasks == 0 {
		t.Error("there is no task definition")
	}
}

// TestControlPlane_TakesRolesOfOurNamingOnly: S-74. What the control plane's role may assume is one pattern.
func TestControlPlane_TakesRolesOfOurNamingOnly(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("control-plane", "roles.tf"))
	if err != nil {
		t.Fatal(err)
	}
	_, policy, found := strings.Cut(string(text), `resource "aws_iam_role_policy" "provision"`)
	if !found || strings.Count(policy, "sts:AssumeRole") != 1 || strings.Contains(policy, "sts:*") {
		t.Fatal("sts:AssumeRole must be in one statement of the policy")
	}
	_, statement, _ := strings.Cut(policy, `"sts:AssumeRole"`)
	statement, _, _ = strings.Cut(statement, "}")
	if !strings.Contains(statement, `Resource = "arn:aws:iam::*:role/podium-access/*"`) {
		t.Errorf("roles of other names can be assumed: %s", statement)
	}
}
