// Package fleet is the data plane's end of the link to its control plane (see fleetapi).
//
// A [Link] registers once with the cluster's join token, then keeps one call open that reports how the node is and
// comes back with newer configuration. What it learned lies in one file, readable by its owner only, so that a data
// plane starts with its last configuration and serves while the control plane is away.
package fleet
