// Package sign is the worker of the sign-document example: it writes letters to signatories and seals documents. Who is
// asked when, what an answer means and how long it may take is not here but in the workflow definitions (workflows/*.json).
//
// Letters and sealed documents are files of a folder, so that the example runs anywhere.
package sign

import (
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json
var definitions embed.FS

// Example makes the example with a folder for letters (letters/NAME/…) and sealed documents (sealed/…). Every step may run
// twice for the same task and leaves the same files both times.
func Example(folder *os.Root) example.Example {
	o := office{folder}
	return example.Example{
		Definitions: definitions, Workflow: "sign_document",
		Steps: map[string]model.ExecuteTaskFunction{
			"invite_signatory":  example.Step(o.invite),
			"remind_signatory":  example.Step(o.remind),
			"seal_document":     example.Step(o.seal),
			"call_off_document": example.Step(o.callOff),
		},
	}
}

type office struct{ folder *os.Root }

type letterInput struct {
	Document  string `json:"document"`
	Signatory string `json:"signatory"`
	Week      int    `json:"week"` // of a reminder
}

type letterOutput struct {
	Letter string `json:"letter"` // file
}

// invite tells a signatory how to answer: by the id of the execution that waits, and the reference of the task.
func (o office) invite(t *model.Task, in letterInput) (letterOutput, error) {
	const answer = `curl -X POST "$CONDUCTOR_SERVER_URL/tasks/%s/answer/COMPLETED" -H 'Content-Type: application/json' -d '%s'`
	return o.write(in.Signatory, "invitation-"+in.Document, fmt.Sprintf("Please sign %s.\n\nTo sign:\n%s\n\nTo decline:\n%s\n", in.Document,
		fmt.Sprintf(answer, t.WorkflowInstanceId, fmt.Sprintf(`{"answer": "signed", "signature": "%s"}`, in.Signatory)),
		fmt.Sprintf(answer, t.WorkflowInstanceId, `{"answer": "declined", "reason": "the price"}`)))
}

func (o office) remind(_ *model.Task, in letterInput) (letterOutput, error) {
	return o.write(in.Signatory, fmt.Sprintf("reminder-%s-%d", in.Document, in.Week), fmt.Sprintf("%s still waits for your answer.\n", in.Document))
}

type callOffInput struct {
	Document    string   `json:"document"`
	Signatories []string `json:"signatories"`
	Reason      string   `json:"reason"`
}

func (o office) callOff(_ *model.Task, in callOffInput) (map[string]any, error) {
	for _, signatory := range in.Signatories {
		if _, err := o.write(signatory, "called-off-"+in.Document, fmt.Sprintf("%s will not be signed. %s\n", in.Document, in.Reason)); err != nil {
			return nil, err
		}
	}
	return map[string]any{"told": len(in.Signatories)}, nil
}

func (o office) write(to, subject, text string) (letterOutput, error) {
	file := path.Join("letters", to, subject+".txt")
	return letterOutput{file}, o.put(file, []byte(text))
}

type sealInput struct {
	Document   string                    `json:"document"`
	Signatures map[string]map[string]any `json:"signatures"` // output of each branch, by signatory
}

type sealOutput struct {
	Sealed string `json:"sealed"` // file
	Seal   string `json:"seal"`   // SHA-256 of it, hexadecimal
}

func (o office) seal(_ *model.Task, in sealInput) (sealOutput, error) {
	signed := map[string]any{}
	for signatory, branch := range in.Signatures {
		if branch["signature"] == nil {
			return sealOutput{}, example.Permanent("signatures: %s has given none", signatory)
		}
		signed[signatory] = branch["signature"]
	}
	text, err := json.MarshalIndent(map[string]any{"document": in.Document, "signatures": signed}, "", "  ")
	if err != nil {
		return sealOutput{}, err
	}
	file := path.Join("sealed", in.Document+".json")
	return sealOutput{Sealed: file, Seal: fmt.Sprintf("%x", sha256.Sum256(text))}, o.put(file, text)
}

// put writes a file. A name that leaves the folder, such as a document called "../x", fails for good.
func (o office) put(file string, content []byte) error {
	if err := o.folder.MkdirAll(path.Dir(file), 0o750); err != nil {
		return example.Permanent("make folder: %w", err)
	}
	if err := o.folder.WriteFile(file, content, 0o640); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
