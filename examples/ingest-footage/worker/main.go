// Command worker runs the ingest-footage example: it lets three files land in footage/landed, a daily of 200 scenes among
// them, and works until it is interrupted. See -help and the README beside it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	footage "github.com/podium-cloud/podium/examples/ingest-footage"
	"github.com/podium-cloud/podium/examples/internal/example"
)

// folder is where footage lies, within the working directory.
const folder = "footage"

func main() {
	opus := flag.Bool("opus", false, "transcribe sound in Opus too: the worker that is fixed")
	land := flag.Bool("land", true, "let files land first")
	if err := os.MkdirAll(filepath.Join(folder, "landed"), 0o750); err != nil {
		log.Fatal(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		log.Fatal(err)
	}
	studio := &footage.Studio{Folder: root, Opus: func() bool { return *opus }}
	ingest := studio.Example()
	ingest.Ready = func() error {
		if !*land {
			return nil
		}
		return arrive(ingest.Workflow)
	}
	example.Main(ingest)
}

// arrive lets a file of each kind land, and says so to the cluster.
func arrive(workflow string) error {
	var daily strings.Builder
	for i := range 200 {
		sound := ""
		if i == 97 {
			sound = "[opus] "
		}
		fmt.Fprintf(&daily, "Scene %d: %sthe keeper says \"Night %d.\"\n", i+1, sound, i+1)
	}
	workflows := executor.NewWorkflowExecutor(example.Connect())
	for _, f := range []struct{ kind, name, content string }{
		{"master", "the-lighthouse.mov", "Scene 1: \"The end.\"\n"},
		{"trailer", "teaser.mov", "Scene 1: \"This autumn.\"\n"},
		{"daily", "day-12.mov", daily.String()},
	} {
		if err := os.WriteFile(filepath.Join(folder, "landed", f.name), []byte(f.content), 0o600); err != nil {
			return err
		}
		if _, err := workflows.StartWorkflow(model.NewStartWorkflowRequest(workflow, 1, f.name, map[string]any{"file": f.name, "kind": f.kind})); err != nil {
			return err
		}
	}
	return nil
}
