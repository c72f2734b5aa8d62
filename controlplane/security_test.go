package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// requirements are the ids that docs/security.md must speak of, from the first to the last of each chapter.
var requirements = [][2]int{{1, 16}, {20, 25}, {30, 36}, {40, 47}, {50, 59}, {60, 66}, {70, 76}, {80, 87}}

var (
	testName  = regexp.MustCompile("`([a-z0-9]+)\\.((?:Test|Fuzz)\\w+)`")
	suiteName = regexp.MustCompile("`storetest` \"([^\"]+)\"")
	specName  = regexp.MustCompile("`(web/e2e/[\\w-]+\\.spec\\.ts)`")
	states    = regexp.MustCompile(`^(tested|partly: .+|tested(:| for) .+|not yet(: .+)?|does not apply yet(: .+)?)$`)
	declared  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	suiteText = regexp.MustCompile(`(?m)^\s*"([^"]+)":\s+\w+,$`)
)

// TestSecurityTable reads docs/security.md: every requirement is there once, and the tests that it names exist.
func TestSecurityTable(t *testing.T) {
	doc, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, groups := findTests(t)
	var ids []string
	for line := range strings.Lines(string(doc)) {
		if !strings.HasPrefix(line, "| S-") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		if len(cells) != 4 {
			t.Errorf("%q has %d cells, want id, requirement, tests and state", line, len(cells))
			continue
		}
		id, named, state := cells[0], cells[2], cells[3]
		ids = append(ids, id)
		if !states.MatchString(state) {
			t.Errorf("%s: the state is %q", id, state)
		}
		if proven := strings.HasPrefix(state, "tested") || strings.HasPrefix(state, "partly"); proven == (named == "–") {
			t.Errorf("%s is %q and names the tests %s", id, state, named)
		}
		if left := strings.Trim(removeAll(named, testName, suiteName, specName), " ,–"); left != "" {
			t.Errorf("%s: %q is no test", id, left)
		}
	}
	var want []string
	for _, chapter := range requirements {
		for n := chapter[0]; n <= chapter[1]; n++ {
			want = append(want, fmt.Sprintf("S-%02d", n))
		}
	}
	if !slices.Equal(ids, want) {
		t.Errorf("the table has %v, want %v", ids, want)
	}
	for _, m := range testName.FindAllStringSubmatch(string(doc), -1) {
		if !tests[m[1]+"."+m[2]] {
			t.Errorf("there is no test %s in a package %s", m[2], m[1])
		}
	}
	for _, m := range suiteName.FindAllStringSubmatch(string(doc), -1) {
		if !groups[m[1]] {
			t.Errorf("the suite of the store has no %q", m[1])
		}
	}
	for _, m := range specName.FindAllStringSubmatch(string(doc), -1) {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Error(err)
		}
	}
}

func removeAll(text string, all ...*regexp.Regexp) string {
	for _, e := range all {
		text = e.ReplaceAllString(text, "")
	}
	return text
}

// findTests returns the tests of the repository as folder.Name, and the groups of the store's suite.
func findTests(t *testing.T) (tests, groups map[string]bool) {
	t.Helper()
	tests, groups = map[string]bool{}, map[string]bool{}
	for _, root := range []string{"../controlplane", "../dataplane", "../provisioner", "../migrations", "../terraform"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			suite := filepath.Base(path) == "storetest.go"
			if err != nil || d.IsDir() || !suite && !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				tests[filepath.Base(filepath.Dir(path))+"."+m[1]] = true
			}
			for _, m := range suiteText.FindAllStringSubmatch(string(text), -1) {
				groups[m[1]] = groups[m[1]] || suite
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return tests, groups
}
