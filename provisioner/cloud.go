package provisioner

import (
	"context"
	"io"
	"time"
)

// Cloud is where clusters run. Methods "make it so": what exists already is kept or changed to what the spec asks for,
// removing what does not exist succeeds, and everything is found again by the cluster's id, so that every method may be
// called again after a crash or an answer that got lost. Methods of different clusters, and [Cloud.Ensure] and
// [Cloud.Remove] of different parts of one, may run at the same time. They return soon after ctx ends.
//
// What takes long is not waited for: the method returns [Pending] and is called again later, with the same arguments.
//
// Errors are shown to the people who own the cluster. One that trying again cannot help is marked with [Permanent].
type Cloud interface {
	// Catalog says what can be asked for, and what it costs.
	Catalog(ctx context.Context) (Catalog, error)

	// Ensure makes the part, or changes it, to be what s asks for. Database, Queue, Storage and Endpoint may want Network to
	// be there. A part that the cloud has no use for is nothing to do.
	Ensure(ctx context.Context, s ClusterSpec, p Part) error
	// Remove deletes the part with all that is in it. It refuses while a node runs.
	Remove(ctx context.Context, s ClusterSpec, p Part) error
	// Address returns where the cluster is reached, the same each time, once Endpoint is ensured.
	Address(ctx context.Context, s ClusterSpec) (NodeInfo, error)

	// StartNode starts a node on the ensured parts, and keeps it running. One of the same index that runs already is
	// replaced, as it may wait with a join token that is not valid any more, or be of another version or size.
	StartNode(ctx context.Context, s ClusterSpec, n Node) error
	// CheckNode returns nil when the node answers as this cluster and is healthy, else what is wrong.
	CheckNode(ctx context.Context, s ClusterSpec, index int) error
	// StopNode ends the node and forgets that it should run. It returns nil when the node is gone. Nodes beyond s.Nodes may
	// be named too.
	StopNode(ctx context.Context, s ClusterSpec, index int) error

	// Leftovers lists all that exists of a cluster, copies included: found by its mark, not by what was remembered.
	Leftovers(ctx context.Context, s ClusterSpec) ([]Resource, error)
}

// Backups is implemented by clouds that can copy what a cluster keeps. Its methods hold to the manners of [Cloud].
type Backups interface {
	// Backup copies all that the cluster keeps, as of one moment, while it serves. The copy outlives the cluster and is a
	// file that any data plane can import, sealed to the recipient. A copy of that name that is complete is left as it is; one
	// that is not is never seen.
	Backup(ctx context.Context, s ClusterSpec, b Copy) (Backup, error)
	// OpenBackup reads a copy, sealed as it is. The caller closes it.
	OpenBackup(ctx context.Context, s ClusterSpec, backup string) (io.ReadCloser, error)
	// Restore puts a copy in place of what s keeps; no node of s may run.
	Restore(ctx context.Context, s ClusterSpec, from Source, r Restoring) error
	// RemoveBackup deletes a copy.
	RemoveBackup(ctx context.Context, s ClusterSpec, backup string) error
}

// Roomed is implemented by clouds where there may be no room for a cluster.
type Roomed interface {
	// CheckRoom looks whether what s needs beyond what it has can be made, and changes nothing. It returns a finding for each thing
	// that is limited, those that suffice as well; an error only when it could not look.
	CheckRoom(ctx context.Context, s ClusterSpec) ([]Finding, error)
}

// Rotator is implemented by clouds whose nodes log in to what they stand on. A node that is started afterwards uses the new
// credentials; those that run keep working until then.
type Rotator interface {
	Rotate(ctx context.Context, s ClusterSpec) error
}

// SelfStarted is implemented by clouds whose nodes the customer starts, with a join token that he is given by the control
// plane. None is made for StartNode then, as it would end his.
type SelfStarted interface{ SelfStarted() }

// Part is one piece of what a cluster's nodes stand on.
type Part string

// The parts, in the order in which they are made; those between Network and the nodes have no order among themselves.
const (
	Network  Part = "network"
	Database Part = "database"
	Queue    Part = "queue"
	Storage  Part = "storage"
	Endpoint Part = "endpoint"
)

// Parts returns all parts in the order in which they are made.
func Parts() []Part { return []Part{Network, Database, Queue, Storage, Endpoint} }

// Node is what a data plane needs to call home.
type Node struct {
	Index           int // from 0
	ControlPlaneURL string
	JoinToken       string // secret; it serves one node, once
}

// NodeInfo says where a cluster is reached.
type NodeInfo struct {
	Endpoint string `json:"endpoint"` // Conductor API root, ends in /api
	Console  string `json:"console"`  // root of the cluster's own console
}

// Backup is a copy of what a cluster kept at one moment.
type Backup struct {
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
}

// Copy is a backup that is to be made.
type Copy struct {
	Name      string
	Recipient string // public key that it is sealed to
}

// Restoring says how a copy is brought back.
type Restoring struct {
	Key   string // secret; opens the copy
	Fence bool   // hold back what the original does too
}

// BackupKey is the pair of keys of one backup.
type BackupKey struct {
	Recipient string // seals
	Key       string // opens; secret
}

// Source is a copy that is to be brought back.
type Source struct {
	Cluster ClusterSpec `json:"cluster"` // whose copy it is
	Backup  string      `json:"backup"`  // its name
	// Foreign says that it was made elsewhere, of a data plane that may still run.
	Foreign bool `json:"foreign,omitempty"`
}

// Resource is something that exists in a cloud.
type Resource struct {
	Kind string `json:"kind"` // in the cloud's words: "process", "VPC"
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // for people, when it tells more than ID
}
