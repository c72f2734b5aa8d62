package converge

import (
	"context"

	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Scope is the cluster that a call is about.
type Scope struct {
	Cluster      string
	Organization string
}

// Driver makes, finds and removes single resources. Its errors are classified by [Classify].
type Driver interface {
	// Find lists the resources of a kind that bear the cluster's tags or names, and those of ids that exist, without
	// repetition. One that is gone for good, though AWS still mentions it, is left out.
	Find(ctx context.Context, s Scope, k plan.Kind, ids []string) ([]Found, error)
	// Create makes r, with its tags. Where AWS knows tokens, the same token makes it once; where it has a name that exists
	// already and bears the cluster's tags, that one is returned.
	Create(ctx context.Context, r Request) (Found, error)
	// Settle brings what exists to the settings of r. It may be repeated, and reports whether AWS goes on working on it.
	Settle(ctx context.Context, r Request, f Found) (working bool, err error)
	// Delete removes f with all that is in it, or begins to. What does not exist is deleted.
	Delete(ctx context.Context, s Scope, f Found) error
}

// Request asks for a resource.
type Request struct {
	Scope
	plan.Resource
	Token string            // the same for each attempt to make this very resource
	IDs   map[string]string // of its needs, by use
	New   bool              // it was made a moment ago, as it was asked for
	Extra
}

// Extra is what a request asks for beside the plan, each time anew.
type Extra struct {
	Secret string // what a secret is to hold, instead of something made up
	Renew  bool   // what runs is started afresh
}

// State is how far a resource is.
type State int

// The states.
const (
	Ready   State = iota
	Working       // being made or changed
	Leaving       // being removed
	Broken        // it will never be ready
)

// Found is a resource that exists.
type Found struct {
	Kind   plan.Kind
	ID     string
	Role   string // from its tags or its name; empty when it tells none
	State  State
	Detail string // why it is Working or Broken, in AWS's words
}
