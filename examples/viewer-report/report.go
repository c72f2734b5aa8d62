// Package report is the worker of the viewer-report example: it diagnoses what viewers report, mends what a machine can mend,
// and writes to people. Which diagnosis is for which report, when a person is asked and what happens when nobody answers in
// time is not here but in the workflow definitions (workflows/*.json).
package report

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json
var definitions embed.FS

// Example makes the example. Letters to people, and what is done to titles, are told to tell; the id of the task comes with
// them, by which one that is told again is recognised.
func Example(tell func(task, to, text string)) example.Example {
	d := desk{tell}
	return example.Example{
		Definitions: definitions, Workflow: "viewer_report",
		Steps: map[string]model.ExecuteTaskFunction{
			"diagnose_subtitles": example.Step(subtitles),
			"diagnose_picture":   example.Step(picture),
			"diagnose_other":     example.Step(other),
			"shift_subtitles":    example.Step(d.shift),
			"encode_again":       example.Step(d.encode),
			"escalate":           example.Step(d.escalate),
			"tell_viewer":        example.Step(d.viewer),
		},
	}
}

type complaint struct {
	Title string `json:"title"`
	Words string `json:"words"` // the viewer's
}

type diagnosis struct {
	Area    string `json:"area"`
	Cause   string `json:"cause"`
	Seconds int    `json:"seconds,omitempty"` // by which subtitles have to be moved
}

var late = regexp.MustCompile(`(\d+) seconds? (late|early)`)

func subtitles(_ *model.Task, in complaint) (diagnosis, error) {
	if m := late.FindStringSubmatch(in.Words); m != nil {
		seconds, err := strconv.Atoi(m[1])
		if m[2] == "late" {
			seconds = -seconds
		}
		return diagnosis{Area: "subtitles", Cause: "out of sync", Seconds: seconds}, err
	}
	if strings.Contains(in.Words, "word") {
		return diagnosis{Area: "subtitles", Cause: "wrong words"}, nil
	}
	return diagnosis{Area: "subtitles", Cause: "unclear"}, nil
}

func picture(*model.Task, complaint) (diagnosis, error) { return diagnosis{Area: "picture"}, nil }
func other(*model.Task, complaint) (diagnosis, error)   { return diagnosis{Area: "unclear"}, nil }

type desk struct {
	tell func(task, to, text string)
}

type work struct {
	Title    string `json:"title"`
	Seconds  int    `json:"seconds"`
	Team     string `json:"team"`
	Question string `json:"question"`
	Viewer   string `json:"viewer"`
	Text     string `json:"text"`
}

type done struct {
	Told string `json:"told"`
}

func (d desk) shift(t *model.Task, in work) (done, error) {
	return d.say(t, in.Title, fmt.Sprintf("subtitles moved by %d s", in.Seconds))
}

func (d desk) encode(t *model.Task, in work) (done, error) {
	return d.say(t, in.Title, "encoded again")
}

func (d desk) escalate(t *model.Task, in work) (done, error) {
	return d.say(t, "lead of "+in.Team, "nobody has answered: "+in.Question)
}

func (d desk) viewer(t *model.Task, in work) (done, error) { return d.say(t, in.Viewer, in.Text) }

func (d desk) say(t *model.Task, to, text string) (done, error) {
	if to == "" || text == "" {
		return done{}, example.Permanent("%s: whom to tell, or what, is missing", t.ReferenceTaskName)
	}
	d.tell(t.TaskId, to, text)
	return done{to}, nil
}
