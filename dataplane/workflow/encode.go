package workflow

import "encoding/json"

// AppendJSON appends the task's JSON to b. It writes what json.Marshal writes, but copies payloads and the definition's task
// as they are instead of walking through them: a server does this for every task that it hands out.
func (t *Task) AppendJSON(b []byte) ([]byte, error) {
	type plain Task
	head, err := json.Marshal(struct {
		*plain
		InputData    *struct{} `json:"inputData,omitempty"`
		OutputData   *struct{} `json:"outputData,omitempty"`
		WorkflowTask *struct{} `json:"workflowTask,omitempty"`
	}{plain: (*plain)(t)})
	if err != nil {
		return b, err
	}
	b = append(b, head[:len(head)-1]...)
	b = append(b, `,"inputData":`...)
	b = append(b, t.InputData.String()...)
	b = append(b, `,"outputData":`...)
	b = append(b, t.OutputData.String()...)
	if t.WorkflowTask != nil {
		def := t.WorkflowTaskJSON
		if def == nil {
			if def, err = json.Marshal(t.WorkflowTask); err != nil {
				return b, err
			}
		}
		b = append(b, `,"workflowTask":`...)
		b = append(b, def...)
	}
	return append(b, '}'), nil
}

// TaskList is a list of tasks that encodes by AppendJSON.
type TaskList []*Task

// AppendJSON appends the list's JSON to b.
func (l TaskList) AppendJSON(b []byte) ([]byte, error) {
	b = append(b, '[')
	for i, t := range l {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = t.AppendJSON(b); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}
