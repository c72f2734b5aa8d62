// Package upgrade replaces the program of a data plane while its owner sleeps: by a release that was verified, or not at all.
//
// Two processes take part. [Supervise] is the parent, the program that the owner has installed; it starts the data plane, and does
// nothing else until that asks to be replaced. [Child] is the data plane's end: it fetches a release ([Child.Fetch]) and names it
// to the parent by its digest. The parent verifies it again, ends the data plane, starts the release, and waits until that says
// to be healthy. Does it not in time, or ends, the parent starts the former program again. So no program decides about itself.
//
// All is in one folder:
//
//	DIGEST/program, DIGEST/program.release   releases, each with its signed statement
//	installed                                digest of the program that the owner installed last: one that differs counts anew
//	current                                  digest of the release that runs; missing: the installed program does
//	trial.json                               an update under way
//	outcome.json                             what the last one came to
//
// Files are replaced as a whole, so that a machine that stops at any moment goes on with one program or the other.
package upgrade
