// Command worker runs the scan-bucket example: it fills a bucket (the folder bucket/) with objects, starts a scan of each,
// and works until it is interrupted. See the README beside it.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	"github.com/podium-cloud/podium/examples/internal/example"
	scan "github.com/podium-cloud/podium/examples/scan-bucket"
)

// bucket is the folder that stands for a bucket, within the working directory.
const bucket = "bucket"

func main() {
	keys, err := fill(200)
	if err != nil {
		log.Fatal(err)
	}
	root, err := os.OpenRoot(bucket)
	if err != nil {
		log.Fatal(err)
	}
	scanning := scan.Example(root, scan.Markers)
	scanning.Ready = func() error {
		workflows := executor.NewWorkflowExecutor(example.Connect())
		for _, key := range keys {
			if _, err := workflows.StartWorkflow(scan.Start(key)); err != nil {
				return err
			}
		}
		return nil
	}
	example.Main(scanning)
}

// fill puts n objects into the bucket, some of them bad, some doubtful, the last one urgent.
func fill(n int) (keys []string, err error) {
	for i := range n {
		key, content := fmt.Sprintf("logs/%04d.txt", i), "all is well"
		switch {
		case i == n-1:
			key = fmt.Sprintf("urgent/%04d.txt", i)
		case i%50 == 7:
			content = "MALWARE-MARKER"
		case i%50 == 23:
			content = "password: hunter2"
		}
		file := filepath.Join(bucket, "incoming", key)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
