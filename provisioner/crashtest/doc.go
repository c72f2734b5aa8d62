// Package crashtest kills a whole cloud, the real control plane with its data planes, at random moments while it creates and
// deletes clusters, starts it again, and checks that every operation ends and that nothing is left. It holds tests only.
package crashtest
