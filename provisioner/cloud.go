package provisioner

import (
	"context"
	"errors"
)

// Cloud is where clusters run. Everything is found by the cluster's id: making what exists keeps it, and removing what
// does not exist succeeds, so that every method may be called again after a crash or an answer that got lost. Methods of
// different clusters, and the two reservations of one cluster, may run at the same time. They return soon after ctx ends.
//
// Errors are shown to the people who own the cluster. One that trying again cannot help is marked with [Permanent].
type Cloud interface {
	// ReserveStorage makes the place for the cluster's data.
	ReserveStorage(ctx context.Context, clusterID string) error
	// RemoveStorage deletes the cluster's data. It refuses while the node runs.
	RemoveStorage(ctx context.Context, clusterID string) error

	// ReserveEndpoint keeps an address for the cluster and returns it, the same each time. Only an address that was lost to
	// someone else while no node ran is replaced by another.
	ReserveEndpoint(ctx context.Context, clusterID string) (NodeInfo, error)
	// RemoveEndpoint gives the address back. It refuses while the node runs.
	RemoveEndpoint(ctx context.Context, clusterID string) error

	// StartNode starts the cluster's data plane on the reserved storage and endpoint, and keeps it running. A node that runs
	// already is replaced, as it may wait with a join token that is not valid any more.
	StartNode(ctx context.Context, clusterID string, n Node) error
	// CheckNode returns nil when the node answers at its endpoint as this cluster and is healthy, else what is wrong.
	CheckNode(ctx context.Context, clusterID string) error
	// StopNode ends the node and forgets that it should run. It returns when the node is gone.
	StopNode(ctx context.Context, clusterID string) error
}

// Node is what a data plane needs to call home.
type Node struct {
	ControlPlaneURL string
	JoinToken       string // secret; it serves one node, once
}

// NodeInfo says where a cluster is reached.
type NodeInfo struct {
	Endpoint string `json:"endpoint"` // Conductor API root, ends in /api
	Console  string `json:"console"`  // root of the cluster's own console
}

// Permanent marks err as final: the task that returns it is not tried again.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// IsPermanent reports whether err is marked as final.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}
