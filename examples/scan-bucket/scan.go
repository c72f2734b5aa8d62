// Package scan is the worker of the scan-bucket example: it looks for secrets and malware in the objects of a bucket, and
// releases or quarantines them. How fast the scanner may be called, which object goes first and when a person is asked is
// not here but in the definitions (workflows/*.json) and in the starts.
//
// The bucket is a folder, so that the example runs anywhere: objects arrive in incoming/, and end in released/ or
// quarantine/.
package scan

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json
var definitions embed.FS

// Scanner asks whether content is malware. A service, in earnest.
type Scanner func(key string, content []byte) (verdict, finding string)

// Example makes the example on a bucket.
func Example(bucket *os.Root, scanner Scanner) example.Example {
	b := objects{bucket, scanner}
	return example.Example{
		Definitions: definitions, Workflow: "scan_object",
		Steps: map[string]model.ExecuteTaskFunction{
			"scan_for_secrets":  example.Step(b.secrets),
			"scan_for_malware":  example.Step(b.malware),
			"release_object":    example.Step(b.move("released")),
			"quarantine_object": example.Step(b.move("quarantine")),
		},
	}
}

// Start is the request that has an object scanned: one execution for each, even when the bucket tells of it twice. Objects
// below urgent/ go before all that wait.
func Start(key string) *model.StartWorkflowRequest {
	r := model.NewIdempotentStartWorkflowRequest("scan_object", 1, key, "scan-"+key, model.ReturnExisting, map[string]any{"key": key})
	if strings.HasPrefix(key, "urgent/") {
		r.Priority = 90
	}
	return r
}

// Markers knows malware by a marker in it. It stands in for a real scanner.
func Markers(_ string, content []byte) (verdict, finding string) {
	switch {
	case bytes.Contains(content, []byte("MALWARE-MARKER")):
		return "bad", "known malware"
	case bytes.HasPrefix(content, []byte("MZ")):
		return "doubtful", "a program"
	}
	return "clean", ""
}

type objects struct {
	bucket  *os.Root
	scanner Scanner
}

type object struct {
	Key string `json:"key"`
}

type findings struct {
	Verdict string `json:"verdict"` // clean, doubtful or bad
	Finding string `json:"finding"`
}

var (
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	password   = regexp.MustCompile(`(?i)passw(or)?d\s*[:=]`)
)

func (o objects) secrets(_ *model.Task, in object) (findings, error) {
	content, err := o.read(in.Key)
	switch {
	case err != nil:
		return findings{}, err
	case privateKey.Match(content):
		return findings{"bad", "a private key"}, nil
	case password.Match(content):
		return findings{"doubtful", "perhaps a password"}, nil
	}
	return findings{Verdict: "clean"}, nil
}

func (o objects) malware(_ *model.Task, in object) (findings, error) {
	content, err := o.read(in.Key)
	if err != nil {
		return findings{}, err
	}
	verdict, finding := o.scanner(in.Key, content)
	return findings{verdict, finding}, nil
}

func (o objects) read(key string) ([]byte, error) {
	content, err := o.bucket.ReadFile(path.Join("incoming", key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, example.Permanent("key: the bucket has no %s", key)
	}
	return content, err
}

// move makes the step that takes an object out of incoming/. When it is there no more, an attempt before has moved it.
func (o objects) move(to string) func(*model.Task, object) (object, error) {
	return func(_ *model.Task, in object) (object, error) {
		target := path.Join(to, in.Key)
		if err := o.bucket.MkdirAll(path.Dir(target), 0o750); err != nil {
			return object{}, fmt.Errorf("make folder: %w", err)
		}
		err := o.bucket.Rename(path.Join("incoming", in.Key), target)
		if _, there := o.bucket.Stat(target); errors.Is(err, fs.ErrNotExist) && there == nil {
			err = nil
		}
		return object{target}, err
	}
}
