package provisioner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Control is what provisioning needs of the control plane. Every method may be called again with the same arguments.
type Control interface {
	// JoinToken makes a fresh one-time token for the cluster's data plane; earlier unused ones end.
	JoinToken(ctx context.Context, clusterID string) (string, error)
	// Registered reports whether a node has called home since. Where nodes do not say which they are, any may be meant.
	Registered(ctx context.Context, clusterID string, node int, since time.Time) (bool, error)
	// Reserve remembers where the cluster will be reached.
	Reserve(ctx context.Context, clusterID string, n NodeInfo) error
	// Ready says that the cluster serves.
	Ready(ctx context.Context, clusterID string) error
	// Failed says that the cluster was not created and why.
	Failed(ctx context.Context, clusterID, reason string) error
	// Changed says that the cluster is now as s says; paused, that none of its nodes is to run.
	Changed(ctx context.Context, s ClusterSpec, paused bool) error
	// Revoke ends what the cluster's nodes call home with; each needs a join token to call again.
	Revoke(ctx context.Context, clusterID string) error
	// BackupKey returns the keys of a copy of the cluster, which the first call makes. Those of a cluster that is gone are there
	// as long as the copy is.
	BackupKey(ctx context.Context, clusterID, backup string) (BackupKey, error)
	// BackedUp says that a copy of the cluster exists.
	BackedUp(ctx context.Context, clusterID string, b Backup) error
	// BackupRemoved says that a copy of the cluster is gone.
	BackupRemoved(ctx context.Context, clusterID, backup string) error
	// Deleted says that nothing is left of the cluster.
	Deleted(ctx context.Context, clusterID string) error
	// ReportPeering tells what has become of a peering of the cluster. One that is not known is left as it is.
	ReportPeering(ctx context.Context, clusterID, peeringID string, r PeeringReport) error
}

// Engine is the part of [engine.Engine] that provisioning runs on.
type Engine interface {
	PutWorkflowDef(ctx context.Context, def *workflow.Def, overwrite bool) error
	PutTaskDefs(ctx context.Context, defs []*workflow.TaskDef) error
	StartWithID(ctx context.Context, id string, req *workflow.StartRequest) error
	Terminate(ctx context.Context, id, reason string) error
	Pause(ctx context.Context, id string) error
	Resume(ctx context.Context, id string) error
	ResetCallbacks(ctx context.Context, id string) error
	Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error)
	Correlated(ctx context.Context, name, correlationID string, includeClosed, includeTasks bool) ([]*workflow.Execution, error)
	Search(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Summary], error)
	Watch(ctx context.Context, workflowID string) <-chan engine.Change
	Poll(ctx context.Context, req engine.PollRequest) ([]*workflow.Task, error)
	Task(ctx context.Context, taskID string) (*workflow.Task, error)
	Update(ctx context.Context, res *workflow.TaskResult) (*workflow.Task, error)
}

// Deps is what a Provisioner works with. All fields are required.
type Deps struct {
	Engine          Engine           // only one Provisioner may run on it
	Clouds          map[string]Cloud // by the name in ClusterSpec.Cloud
	Control         Control
	ControlPlaneURL string // as data planes reach it
	Logger          *slog.Logger
}

// Provisioner runs the workflows of the clusters' life cycle.
type Provisioner struct {
	engine     Engine
	clouds     map[string]Cloud
	control    Control
	controlURL string
	log        *slog.Logger

	organizations Organizations // nil: nobody knows them

	claims     claims
	registered chan struct{} // closed when the workflows can be started
	register   sync.Once
}

// New checks d and makes a Provisioner; nothing happens before Run.
func New(d Deps) (*Provisioner, error) {
	var missing []error
	for name, absent := range map[string]bool{
		"Engine": d.Engine == nil, "Clouds": len(d.Clouds) == 0, "Control": d.Control == nil,
		"ControlPlaneURL": d.ControlPlaneURL == "", "Logger": d.Logger == nil,
	} {
		if absent {
			missing = append(missing, fmt.Errorf("provisioner: %s is missing", name))
		}
	}
	if err := errors.Join(missing...); err != nil {
		return nil, err
	}
	return &Provisioner{
		engine: d.Engine, clouds: d.Clouds, control: d.Control, controlURL: d.ControlPlaneURL, log: d.Logger,
		registered: make(chan struct{}),
	}, nil
}
