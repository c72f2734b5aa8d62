// Package converge brings the resources of a cluster to what a plan says, and removes them, one short pass at a time: a pass
// looks, does what can be done now, and says what is waited for. It knows AWS only through a [Driver].
//
// Nothing is lost when a pass is cut short anywhere. Before a resource is made the intention is written into the ledger, and
// afterwards its id. The next pass finds it by that id, else by its tags or name; and where AWS has no name or token for a
// kind, it waits until what may have been made must have become visible before it makes another.
package converge
