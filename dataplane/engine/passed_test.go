package engine

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPassed_ListsWhatIsPassed: a method that is called on another node must be among those that nodes answer, or the call
// would find nobody there.
func TestPassed_ListsWhatIsPassed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if method := passedBy(n); method != "" {
				named[method] = true
			}
			return true
		})
	}
	if got, want := slices.Sorted(maps.Keys(named)), slices.Sorted(slices.Values(passed)); !slices.Equal(got, want) {
		t.Errorf("methods that pass themselves on:\n%v\nmethods that nodes answer:\n%v", got, want)
	}
	for _, method := range passed {
		if !reflect.ValueOf(&Engine{}).MethodByName(method).IsValid() {
			t.Errorf("there is no method %s", method)
		}
	}
}

// passedBy returns the method that a call of pass or sum names, "" for all else.
func passedBy(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	fun := call.Fun
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	id, ok := fun.(*ast.Ident)
	at := map[string]int{"pass": 3, "sum": 2}
	if !ok || at[id.Name] == 0 {
		return ""
	}
	text, ok := call.Args[at[id.Name]].(*ast.BasicLit)
	if !ok {
		return ""
	}
	method, _ := strconv.Unquote(text.Value)
	return method
}
