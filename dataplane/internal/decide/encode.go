package decide

import "github.com/podium-cloud/podium/dataplane/internal/wire"

// Fields implements wire.Fielder.
func (h *Header) Fields(c *wire.Codec) {
	wire.Text(c, 1, &h.ID)
	wire.Int(c, 2, &h.Rev)
	wire.Text(c, 3, &h.Plan)
	wire.Text(c, 4, &h.Name)
	wire.Int(c, 5, &h.Version)
	wire.Text(c, 6, &h.Status)
	wire.Int(c, 7, &h.CreateTime)
	wire.Int(c, 8, &h.UpdateTime)
	wire.Int(c, 9, &h.EndTime)
	wire.Int(c, 10, &h.LastRetried)
	wire.Text(c, 11, &h.ParentID)
	wire.Text(c, 12, &h.ParentTaskID)
	wire.Text(c, 13, &h.CorrelationID)
	wire.Text(c, 14, &h.Reason)
	wire.Text(c, 15, &h.Event)
	wire.Map(c, 16, &h.TaskToDomain)
	wire.Int(c, 17, &h.Priority)
	wire.Texts(c, 18, &h.FailedRefs)
	wire.Texts(c, 19, &h.FailedNames)
	wire.Text(c, 20, &h.FailedTaskID)
	wire.Text(c, 21, &h.IdempotencyKey)
	wire.Text(c, 22, &h.CreatedBy)
	wire.Text(c, 23, &h.RerunOf)
	wire.Bool(c, 24, &h.TellParent)
	wire.Bool(c, 25, &h.ReviveParent)
	wire.Bool(c, 26, &h.StartFailure)
	wire.Text(c, 27, &h.Trace)
	var events *[]Event
	if len(h.Events) > 0 {
		events = &h.Events
	}
	wire.JSON(c, 28, &events)
	if events != nil {
		h.Events = *events
	}
	wire.Text(c, 29, &h.LimitKey)
	wire.Bool(c, 30, &h.Held)
	wire.Text(c, 31, &h.InputAt)
	wire.Text(c, 32, &h.OutputAt)
	wire.Bool(c, 33, &h.Outside)
}

// Fields implements wire.Fielder. Input and Output are stored beside the record.
func (t *Task) Fields(c *wire.Codec) {
	wire.Int(c, 1, &t.Seq)
	wire.Text(c, 2, &t.ID)
	wire.Text(c, 3, &t.Type)
	wire.Text(c, 4, &t.Name)
	wire.Text(c, 5, &t.Ref)
	wire.Text(c, 6, &t.Base)
	wire.Text(c, 7, &t.Status)
	wire.Int(c, 8, &t.RetryCount)
	wire.Int(c, 9, &t.Iteration)
	wire.Int(c, 10, &t.Loop)
	wire.Int(c, 11, &t.LoopIteration)
	wire.Int(c, 12, &t.Scheduled)
	wire.Int(c, 13, &t.First)
	wire.Int(c, 14, &t.Available)
	wire.Int(c, 15, &t.Start)
	wire.Int(c, 16, &t.End)
	wire.Int(c, 17, &t.Update)
	wire.Int(c, 18, &t.StartDelay)
	wire.Int(c, 19, &t.CallbackAfter)
	wire.Int(c, 20, &t.WaitUntil)
	wire.Int(c, 21, &t.PollCount)
	wire.Text(c, 22, &t.RetriedID)
	wire.Bool(c, 23, &t.Retried)
	wire.Bool(c, 24, &t.Executed)
	wire.Text(c, 25, &t.Reason)
	wire.Text(c, 26, &t.WorkerID)
	wire.Text(c, 27, &t.Domain)
	wire.Text(c, 28, &t.SubWorkflowID)
	wire.Bool(c, 29, &t.Parked)
	wire.Bool(c, 30, &t.CancelChild)
	wire.Int(c, 31, &t.Fork)
	wire.JSON(c, 32, &t.Def)
	wire.Text(c, 33, &t.InputAt)
	wire.Text(c, 34, &t.OutputAt)
}

// Fields implements wire.Fielder.
func (w *Work) Fields(c *wire.Codec) {
	wire.Int(c, 1, &w.Kind)
	wire.Int(c, 2, &w.Seq)
	wire.Text(c, 3, &w.Type)
	wire.Text(c, 4, &w.Domain)
	wire.Text(c, 5, &w.Name)
	wire.Int(c, 6, &w.Priority)
	wire.Int(c, 7, &w.At)
	wire.Int(c, 8, &w.Due)
}

// Fields implements wire.Fielder.
func (o *Outstanding) Fields(c *wire.Codec) {
	wire.Int(c, 1, &o.Due)
	wire.Bool(c, 2, &o.TellParent)
	wire.Bool(c, 3, &o.ReviveParent)
	wire.Bool(c, 4, &o.StartFailure)
	wire.Bool(c, 5, &o.Events)
	wire.Text(c, 6, &o.LimitKey)
	wire.Int(c, 7, &o.Limit)
	wire.Int(c, 8, &o.Held)
}
