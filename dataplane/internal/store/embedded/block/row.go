package block

import (
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Row is a search row as it is stored.
type Row workflow.Summary

// Fields implements wire.Fielder.
func (r *Row) Fields(c *wire.Codec) {
	wire.Text(c, 1, &r.WorkflowType)
	wire.Int(c, 2, &r.Version)
	wire.Text(c, 3, &r.WorkflowID)
	wire.Text(c, 4, &r.CorrelationID)
	wire.Int(c, 5, &r.StartTime)
	wire.Int(c, 6, &r.UpdateTime)
	wire.Int(c, 7, &r.EndTime)
	wire.Text(c, 8, &r.Status)
	wire.Text(c, 9, &r.Input)
	wire.Text(c, 10, &r.Output)
	wire.Text(c, 11, &r.ReasonForIncompletion)
	wire.Text(c, 12, &r.Event)
	wire.Texts(c, 13, &r.FailedReferenceTaskNames)
	wire.Texts(c, 14, &r.FailedTaskNames)
	wire.Int(c, 15, &r.Priority)
	wire.Text(c, 16, &r.ParentWorkflowID)
	wire.Text(c, 17, &r.CreatedBy)
	wire.Text(c, 18, &r.IdempotencyKey)
	wire.Text(c, 19, &r.Classifier)
}

// Order compares rows: the newest start first, then by id. The rows of a block lie in it.
func Order(a, b *workflow.Summary) int {
	return order(a.StartTime, a.WorkflowID, b.StartTime, b.WorkflowID)
}
