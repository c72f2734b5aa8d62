// Package ledger is what the AWS cloud wants remembered of the resources that it makes. It holds no secrets.
package ledger

import (
	"context"
	"time"
)

// Entry is what is remembered of a resource.
type Entry struct {
	Kind    string    // "VPC", "RDS database"
	ID      string    // empty: it was to be made, and whether it was is not known
	Token   string    // it was asked for with; AWS recognizes a repeated request by it
	At      time.Time // when it was asked for; zero: it is not there
	Settled string    // fingerprint of the settings that it was last brought to
}

// Ledger remembers what was made, by cluster and by role within the cluster. It is durable: what Remember has returned from is
// there after a crash.
type Ledger interface {
	// Recall returns all entries of a cluster by role, none for one that is not known.
	Recall(ctx context.Context, cluster string) (map[string]Entry, error)
	// Remember puts an entry in place of what is remembered of the role.
	Remember(ctx context.Context, cluster, role string, e Entry) error
	// Forget drops the entry of a role. One that is not there is forgotten.
	Forget(ctx context.Context, cluster, role string) error
}
