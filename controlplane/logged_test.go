package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// secretName is what variables and fields that hold secrets are called.
	secretName = regexp.MustCompile(`(?i)(secret|password|passphrase|token|cookie|bearer|privatekey|credentials|postgres|redis)$`)
	// tellers write into logs or errors what they are given.
	tellers = []string{
		"Debug", "Info", "Warn", "Error", "DebugContext", "InfoContext", "WarnContext", "ErrorContext", "Log", "LogAttrs", "With",
		"Errorf",
	}
)

// TestLogs_AreGivenNoSecrets: S-66. No call that logs, or makes an error, is handed a variable or field that is named like a secret.
// What is told of one has to be taken out of it first, and be called something else.
func TestLogs_AreGivenNoSecrets(t *testing.T) {
	calls := 0
	for _, root := range []string{".", "../dataplane", "../provisioner", "../migrations"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, isCall := n.(*ast.CallExpr)
				if !isCall || !tells(call) {
					return true
				}
				calls++
				for _, argument := range call.Args {
					if name := nameOf(argument); secretName.MatchString(name) {
						t.Errorf("%s: %s is given %s", files.Position(argument.Pos()), nameOf(call.Fun), name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if calls < 500 {
		t.Errorf("only %d calls were looked at", calls)
	}
}

// TestLogs_SecretsAreFound: the search above finds what it is for.
func TestLogs_SecretsAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		`log.InfoContext(ctx, "x", "key", c.KeySecret)`: true, `fmt.Errorf("x %s", string(password))`: true, `log.With("t", &r.linkToken)`: true,
		`a.log.Info("x", slog.String("t", *token))`: true, `log.Info("x", "secret", name)`: false, `open(password)`: false,
		`fmt.Errorf("x %d", len(token))`: false,
	} {
		expression, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		ast.Inspect(expression, func(n ast.Node) bool {
			if call, isCall := n.(*ast.CallExpr); isCall && tells(call) {
				found = found || slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return secretName.MatchString(nameOf(e)) })
			}
			return true
		})
		if found != want {
			t.Errorf("%s: found %v", text, found)
		}
	}
}

func tells(call *ast.CallExpr) bool {
	f, isMethod := call.Fun.(*ast.SelectorExpr)
	return isMethod && (slices.Contains(tellers, f.Sel.Name) || nameOf(f.X) == "slog")
}

// nameOf is the last name of a variable or field, also where its address, what it points to, or its conversion is taken; "" of
// any other expression.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return nameOf(e.X)
	case *ast.UnaryExpr:
		return nameOf(e.X)
	case *ast.ParenExpr:
		return nameOf(e.X)
	case *ast.CallExpr:
		if f, isName := e.Fun.(*ast.Ident); isName && f.Name == "string" && len(e.Args) == 1 {
			return nameOf(e.Args[0])
		}
	}
	return ""
}
