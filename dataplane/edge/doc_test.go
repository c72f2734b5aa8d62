package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackages_IntroduceThemselves: every package of the data plane has exactly one package comment.
func TestPackages_IntroduceThemselves(t *testing.T) {
	comments := map[string][]string{} // files with a package comment, by folder
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir := filepath.Dir(path)
		if comments[dir] == nil {
			comments[dir] = []string{}
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		if f.Doc != nil {
			comments[dir] = append(comments[dir], filepath.Base(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(comments) < 10 {
		t.Fatalf("only %d packages were found", len(comments))
	}
	for dir, files := range comments {
		if len(files) != 1 {
			t.Errorf("%s has %d package comments: %v", dir, len(files), files)
		}
	}
}
