package decide

import "github.com/podium-cloud/podium/dataplane/workflow"

// place names a payload by the address of its bytes: payloads are replaced, never changed.
type place struct {
	first *byte
	size  int
}

func placeOf(p workflow.Payload) place {
	if len(p) == 0 {
		return place{}
	}
	return place{&p[0], len(p)}
}

// Part is a payload of an execution with the path at which it lies when it is too large for the rows.
type Part struct {
	Payload workflow.Payload
	path    *string
	of      *place // the payload that lies there: another one does not
}

// Path is where the payload lies, "" when it is in the rows.
func (p Part) Path() string {
	if *p.of != placeOf(p.Payload) {
		return ""
	}
	return *p.path
}

// Moved notes where the payload lies now, "" when it is in the rows.
func (p Part) Moved(path string) { *p.path, *p.of = path, placeOf(p.Payload) }

func (t *Task) inputPart() Part  { return Part{t.Input, &t.InputAt, &t.inputOf} }
func (t *Task) outputPart() Part { return Part{t.Output, &t.OutputAt, &t.outputOf} }

func (s *State) inputPart() Part  { return Part{s.Input, &s.InputAt, &s.inputOf} }
func (s *State) outputPart() Part { return Part{s.Output, &s.OutputAt, &s.outputOf} }

// Parts returns the payloads that a step has changed, or may have.
func (s *State) Parts(c *Changes) []Part {
	var out []Part
	if c.Input {
		out = append(out, s.inputPart())
	}
	if c.Output {
		out = append(out, s.outputPart())
	}
	for _, t := range c.Tasks {
		out = append(out, t.inputPart(), t.outputPart())
	}
	return out
}

// maxPayload is the largest input or output of a task or an execution, in bytes of JSON.
func (s *State) maxPayload() int {
	if s.env.MaxPayload > 0 {
		return s.env.MaxPayload
	}
	return MaxPayload
}
