package cloudtest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

// Secret is the beginning of every join token of a [Control], to search for where no token may be.
const Secret = "MARKED-SECRET"

// Control remembers what a control plane is told. The zero value is ready.
type Control struct {
	mu       sync.Mutex
	clusters map[string]*Told
	tokens   int
}

// Told is what a control plane knows of a cluster.
type Told struct {
	State      string                               // CREATING, READY, FAILED or DELETED
	Peerings   map[string]provisioner.PeeringReport // the last of each
	Reason     string                               // why it FAILED
	At         provisioner.NodeInfo
	Spec       provisioner.ClusterSpec // as it was changed last
	Paused     bool
	Revoked    int                           // how often
	Backups    map[string]provisioner.Backup // by name
	token      string                        // the one that may be used
	registered time.Time
}

// Add makes the control plane know a cluster that is to be created.
func (c *Control) Add(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clusters == nil {
		c.clusters = map[string]*Told{}
	}
	c.clusters[id] = &Told{State: "CREATING"}
}

// Of returns what is known of a cluster; one that was never added counts as DELETED.
func (c *Control) Of(id string) Told {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.clusters[id]; t != nil {
		return *t
	}
	return Told{State: "DELETED"}
}

// Issued returns how many join tokens were made.
func (c *Control) Issued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens
}

// Register is the first call of a data plane. It reports whether the token is good.
func (c *Control) Register(id, token string) bool {
	var good bool
	_ = c.change(id, func(t *Told) {
		if good = token != "" && token == t.token; good {
			t.registered, t.token = time.Now(), ""
		}
	})
	return good
}

func (c *Control) change(id string, f func(*Told)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.clusters[id]
	if t == nil {
		return fmt.Errorf("there is no cluster %s", id)
	}
	f(t)
	return nil
}

// JoinToken implements [provisioner.Control], like the methods that follow.
func (c *Control) JoinToken(_ context.Context, id string) (token string, err error) {
	err = c.change(id, func(t *Told) {
		c.tokens++
		t.token = fmt.Sprintf("%s-%d", Secret, c.tokens)
		token = t.token
	})
	return token, err
}

// Registered reports whether Register was called since.
func (c *Control) Registered(_ context.Context, id string, _ int, since time.Time) (home bool, err error) {
	err = c.change(id, func(t *Told) { home = t.registered.After(since) })
	return home, err
}

// Reserve sets At.
func (c *Control) Reserve(_ context.Context, id string, at provisioner.NodeInfo) error {
	return c.change(id, func(t *Told) { t.At = at })
}

// Ready sets the state.
func (c *Control) Ready(_ context.Context, id string) error {
	return c.change(id, func(t *Told) { t.State = "READY" })
}

// Failed sets the state and the reason, and forgets the endpoint.
func (c *Control) Failed(_ context.Context, id, reason string) error {
	return c.change(id, func(t *Told) { t.State, t.Reason, t.At = "FAILED", reason, provisioner.NodeInfo{} })
}

// Changed remembers the spec.
func (c *Control) Changed(_ context.Context, s provisioner.ClusterSpec, paused bool) error {
	return c.change(s.ID, func(t *Told) { t.Spec, t.Paused = s, paused })
}

// Revoke counts.
func (c *Control) Revoke(_ context.Context, id string) error {
	return c.change(id, func(t *Told) { t.Revoked++; t.token = "" })
}

// BackupKey makes one of the names.
func (c *Control) BackupKey(_ context.Context, id, backup string) (provisioner.BackupKey, error) {
	recipient := id + "/" + backup
	return provisioner.BackupKey{Recipient: recipient, Key: keyOf(recipient)}, nil
}

// BackedUp remembers the copy.
func (c *Control) BackedUp(_ context.Context, id string, b provisioner.Backup) error {
	return c.change(id, func(t *Told) {
		t.Backups = maps.Clone(t.Backups) // those that Of has returned stay as they were
		if t.Backups == nil {
			t.Backups = map[string]provisioner.Backup{}
		}
		t.Backups[b.Name] = b
	})
}

// BackupRemoved forgets the copy.
func (c *Control) BackupRemoved(_ context.Context, id, backup string) error {
	return c.change(id, func(t *Told) {
		t.Backups = maps.Clone(t.Backups)
		delete(t.Backups, backup)
	})
}

// Deleted forgets the cluster.
func (c *Control) Deleted(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clusters, id)
	return nil
}

// ReportPeering remembers the report. A cluster that is gone has no peerings.
func (c *Control) ReportPeering(_ context.Context, id, peering string, r provisioner.PeeringReport) error {
	_ = c.change(id, func(t *Told) {
		t.Peerings = maps.Clone(t.Peerings)
		if t.Peerings == nil {
			t.Peerings = map[string]provisioner.PeeringReport{}
		}
		t.Peerings[peering] = r
	})
	return nil
}
