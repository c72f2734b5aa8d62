package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/podium-cloud/podium"

// rules say what a package may not depend on, with the reason. /... stands for all below.
var rules = map[string]map[string]string{
	".": {
		"testing":                           "test code does not belong in a binary",
		"github.com/conductor-sdk/...":      "clients are for tests",
		module + "/dataplane/internal/app":  "the control plane runs the engine and not a data plane",
		module + "/dataplane/internal/rest": "the control plane serves its own API",
	},
	module + "/provisioner/...": {
		module + "/controlplane/...": "what it needs of the control plane it declares as interfaces",
		module + "/migrations/...":   "it does not know how clusters are stored",
		module + "/web/...":          "it has no pages",
		"database/sql":               "it does not know how clusters are stored",
	},
	module + "/migrations/...": {
		module + "/controlplane/...": "SQL comes before what runs on it",
		module + "/dataplane/...":    "it is of the control plane",
		module + "/provisioner/...":  "it is of the control plane",
		module + "/web/...":          "it has no pages",
	},
	module + "/web/...": {
		module + "/controlplane/...": "the consoles are files",
		module + "/dataplane/...":    "the consoles are files",
		module + "/provisioner/...":  "the consoles are files",
		module + "/migrations/...":   "the consoles are files",
	},
}

func TestDependencies(t *testing.T) {
	for pkg, forbidden := range rules {
		for _, dep := range list(t, "-deps", pkg) {
			for pattern, reason := range forbidden {
				if match(pattern, dep) {
					t.Errorf("%s depends on %s: %s", pkg, dep, reason)
				}
			}
		}
	}
}

// TestForbiddenPackagesExist keeps the rules from outliving what they are about.
func TestForbiddenPackagesExist(t *testing.T) {
	all := list(t, module+"/...")
	for pkg, forbidden := range rules {
		for pattern := range forbidden {
			if !strings.HasPrefix(pattern, module) {
				continue
			}
			found := false
			for _, p := range all {
				found = found || match(pattern, p)
			}
			if !found {
				t.Errorf("the rule of %s about %s is about nothing", pkg, pattern)
			}
		}
	}
}

// TestOnlyConsoleImportsTheWeb looks at imports, as the binary links it in any case.
func TestOnlyConsoleImportsTheWeb(t *testing.T) {
	for _, line := range list(t, "-f", `{{.ImportPath}}={{range .Imports}}{{.}},{{end}}`, "./...") {
		pkg, imports, _ := strings.Cut(line, "=")
		for dep := range strings.SplitSeq(imports, ",") {
			if match(module+"/web/...", dep) && pkg != module+"/controlplane/internal/console" {
				t.Errorf("%s imports %s", pkg, dep)
			}
			if match(module+"/dataplane/internal/...", dep) {
				t.Errorf("%s imports %s: the planes meet in the data plane's public packages", pkg, dep)
			}
		}
	}
}

func match(pattern, pkg string) bool {
	root, below := strings.CutSuffix(pattern, "/...")
	return pkg == root || below && strings.HasPrefix(pkg, root+"/")
}

// list returns what go list prints.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	lines := strings.Fields(string(out))
	if len(lines) == 0 {
		t.Fatalf("go list %v prints nothing", args)
	}
	return lines
}
