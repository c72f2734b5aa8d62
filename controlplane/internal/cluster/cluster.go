// Package cluster knows the clusters of organizations: what is asked for, what is observed, and the keys of the applications
// that use them.
//
// A cluster is created and deleted by operations. The intent, the operation and the audit entry are one transaction; what
// carries the operation out is package operation. [Service] is what people ask for, [Control] what the provisioner reports:
//
//	           create                Ready                  delete              Deleted
//	(nothing) --------> CREATING ------------> READY ----------------> DELETING ----------> (nothing)
//	                        | Failed                                   ^  a deletion that failed is asked for again
//	                        +--------> FAILED -------------------------+
//
// A creation that is under way ends when the deletion begins. UNREACHABLE is how a READY cluster shows whose data plane has
// not called for [ReachableFor].
package cluster

import (
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

// Status is what is stored.
type Status string

// The statuses.
const (
	Creating Status = "CREATING"
	Ready    Status = "READY"
	Failed   Status = "FAILED"
	Deleting Status = "DELETING"
)

// These are shown instead of Ready; they are never stored.
const (
	Unreachable Status = "UNREACHABLE"
	Paused      Status = "PAUSED"
)

// ReachableFor is how long a data plane may be silent. It calls at least every fleetapi.SyncWait.
const ReachableFor = time.Minute

// Cluster is a cluster with what its data plane reported last.
type Cluster struct {
	ID             string
	OrganizationID string
	Organization   string // its name
	Name           string // unique in the organization
	ProjectID      string // of the project that holds it; empty in a request: the default one
	Project        string // its name
	Cloud          string
	Status         Status
	Reason         string
	Endpoint       string // as the provisioner has reserved it; empty before
	Console        string
	OperationID    string // the operation that changed it last
	Revision       int64  // of what its data plane is told
	Version        int64  // grows with every change of the row
	CreatedAt      time.Time
	ReadyAt        time.Time // zero: never
	Node           Node

	Region      string
	Size        string
	Nodes       int // how many
	Model       provisioner.Model
	Software    string // version that is asked for
	CIDR        string
	AccountID   string // of the organization's cloud account that it runs in; empty: it runs in ours
	Paused      bool   // none of its nodes is to run
	Protected   bool   // from deletion
	BackupHours int    // between scheduled copies; 0: there is no schedule
	BackupKeep  int    // scheduled copies
	BackupDays  int    // after which scheduled copies go, but for the newest one; 0: age does not matter
	Fence       *Fence // of a restored copy, as its data plane said last; nil: there is none
}

// Spec returns what the provisioner must know of the cluster.
func (c Cluster) Spec() provisioner.ClusterSpec {
	return provisioner.ClusterSpec{
		ID: c.ID, Name: c.Name, Organization: c.Organization, Cloud: c.Cloud,
		Region: c.Region, Size: c.Size, Nodes: c.Nodes, Model: c.Model, Version: c.Software, CIDR: c.CIDR, Account: c.AccountID,
	}
}

// Settings is what people decide about a cluster without an operation.
type Settings struct {
	Protected   bool
	BackupHours int
	BackupKeep  int
	BackupDays  int
}

// Backup is a copy of a cluster, which may be gone itself.
type Backup struct {
	provisioner.Backup
	ClusterID string
	Cluster   string // its name
	Spec      provisioner.ClusterSpec
	Scheduled bool
}

// Due is something that the schedule of copies has to do.
type Due struct {
	OrganizationID string
	Organization   string // its name
	Cluster        string // its name
	Hours          int    // of a copy to be made
	Backup         string // name of one to be removed
}

// Node is what the data plane of a cluster reported last. The zero value: it never called.
type Node struct {
	Version    string
	Executions map[string]int64 // by status
	SeenAt     time.Time
}

// Reachable reports whether the data plane has called lately. As nobody can call a control plane that is down, silence
// counts from since, when this control plane began to listen.
func (c Cluster) Reachable(now, since time.Time) bool {
	heard := c.Node.SeenAt
	if heard.Before(since) {
		heard = since
	}
	return now.Sub(heard) <= ReachableFor
}

// Served reports whether applications may use the cluster.
func (c Cluster) Served() bool { return c.Status == Ready && !c.Paused }

// AccessKey lets an application in. Its secret is shown once and kept nowhere.
type AccessKey struct {
	ID         string
	ClusterID  string
	Name       string
	SecretHash string // lower-case hex SHA-256
	CreatedBy  string // e-mail
	CreatedAt  time.Time
	ExpiresAt  time.Time
	Role       fleetapi.ClusterRole
	Paused     bool
	UsedAt     time.Time // as data planes have reported; zero: never

	// While a secret is replaced the former one is good too.
	FormerHash  string
	FormerUntil time.Time // zero: there is none
}
