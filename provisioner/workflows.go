package provisioner

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Names of workflows that others refer to. A rollback is started by the engine, as the failure workflow.
const (
	createWorkflow   = "cluster_create"
	rollbackWorkflow = "cluster_create_rollback"
	deleteWorkflow   = "cluster_delete"
	forceWorkflow    = "cluster_delete_force"

	undoDeleteWorkflow = "cluster_delete_rollback"

	peerWorkflow         = "peering_create"
	peerRollbackWorkflow = "peering_create_rollback"
	unpeerWorkflow       = "peering_delete"
)

//go:embed tasks.json workflows/*.json
var definitions embed.FS

// WorkflowDefs returns the workflows of this package. They are the same for every caller, and not to be changed.
var WorkflowDefs = sync.OnceValues(func() ([]*workflow.Def, error) {
	names, err := fs.Glob(definitions, "workflows/*.json")
	if err != nil {
		return nil, err
	}
	defs := make([]*workflow.Def, len(names))
	for i, name := range names {
		if err := decode(name, &defs[i]); err != nil {
			return nil, err
		}
	}
	return defs, nil
})

// TaskDefs returns the retry policies of the activities.
func TaskDefs() ([]*workflow.TaskDef, error) {
	var defs []*workflow.TaskDef
	return defs, decode("tasks.json", &defs)
}

func decode(name string, v any) error {
	b, err := definitions.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	return nil
}

// registerDefs makes the engine know the task policies first, as a start takes them over into the execution.
func (p *Provisioner) registerDefs(ctx context.Context) error {
	tasks, err := TaskDefs()
	if err != nil {
		return err
	}
	if err := p.engine.PutTaskDefs(ctx, tasks); err != nil {
		return fmt.Errorf("register tasks: %w", err)
	}
	defs, err := WorkflowDefs()
	if err != nil {
		return err
	}
	for _, def := range defs {
		if err := p.engine.PutWorkflowDef(ctx, def, true); err != nil {
			return fmt.Errorf("register workflow %s: %w", def.Name, err)
		}
	}
	return nil
}
