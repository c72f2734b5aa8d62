package fleetapi

import "slices"

// ClusterRole is what somebody may do in a cluster. It is the claim `role` of a session token, and a property of an access
// key.
type ClusterRole string

// The cluster roles.
const (
	ClusterAdmin     ClusterRole = "admin"     // everything in the cluster
	ClusterDeveloper ClusterRole = "developer" // define, run and operate
	ClusterOperator  ClusterRole = "operator"  // run and operate executions; no definitions
	ClusterViewer    ClusterRole = "viewer"    // read only
	ClusterWorker    ClusterRole = "worker"    // poll and update tasks, start executions: for applications
	ClusterGuest     ClusterRole = "guest"     // only what is granted inside the cluster
)

// ClusterRoles returns all cluster roles. Each of the first four may do what the next one may.
func ClusterRoles() []ClusterRole {
	return []ClusterRole{ClusterAdmin, ClusterDeveloper, ClusterOperator, ClusterViewer, ClusterWorker, ClusterGuest}
}

// Valid reports whether r is one of the cluster roles.
func (r ClusterRole) Valid() bool { return slices.Contains(ClusterRoles(), r) }
