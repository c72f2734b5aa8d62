// Package provisioner creates and deletes clusters. Each is a Conductor workflow (workflows/*.json) on the engine of the
// control plane's own process; the tasks are activities of this package, which act on a [Cloud] and tell the [Control]
// plane what came of it.
//
// An activity is idempotent, and what it makes is found again by the cluster's id, so that a task interrupted by a crash
// is simply run again: [Provisioner.Run] takes up what a former process left unfinished. Each activity that makes
// something names the one that undoes it, which is safe to run when there is nothing to undo. When a creation fails for good,
// the engine starts cluster_create_rollback, which runs those in reverse order.
//
// What takes a cloud long is waited for by a task that sleeps: the method returns [Pending], and the activity is called again
// later. It may also say what the owner of the cluster has to do meanwhile.
//
// One execution at a time acts on a cluster. A deletion ends a creation or rollback that is under way, waits
// for the activity that is running to leave, and removes whatever it finds; a creation that turns up later yields to it.
//
// Secrets do not enter workflow payloads: the join token is fetched by the activity that hands it to the cloud.
//
// The package sees the engine through [Engine] and must not know how clusters are stored or served by the control plane.
package provisioner
