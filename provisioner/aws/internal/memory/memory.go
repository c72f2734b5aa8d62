package memory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Cloud is an account in a region. Make one with [New].
type Cloud struct {
	Lag    time.Duration // the longest that something new may not be shown
	Faulty float64       // share of calls that go wrong
	Max    map[plan.Kind]int

	mu     sync.Mutex
	random *rand.Rand
	now    time.Time
	next   int
	things map[string]*thing // by id
	calls  int
}

type thing struct {
	kind      plan.Kind
	id        string
	cluster   string
	role      string
	token     string
	refs      map[string]string
	settings  any
	settled   any
	shown     time.Time // when AWS begins to show it
	ready     time.Time
	gone      time.Time // zero: it stays
	broken    string
	needsWork bool // it is not ready before it was settled
}

// New makes an empty account. The seed decides everything that is left to chance.
func New(seed uint64) *Cloud {
	return &Cloud{
		random: rand.New(rand.NewPCG(seed, seed)), //nolint:gosec // a test must be repeatable
		now:    time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), things: map[string]*thing{},
	}
}

// Now reads the clock.
func (c *Cloud) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass moves the clock.
func (c *Cloud) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Calls counts the calls so far.
func (c *Cloud) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// All lists what truly exists, shown or not, as "kind role of cluster", with the settings that it was last brought to.
func (c *Cloud) All() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]any{}
	for _, t := range c.things {
		if c.exists(t) {
			all[fmt.Sprintf("%s %s (%s) of %s", t.kind, t.role, t.id, t.cluster)] = t.settled
		}
	}
	return all
}

// Vanish removes what a cluster has in a role as a careless person would, without a trace. It reports whether it was there.
func (c *Cloud) Vanish(cluster, role string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := false
	for id, t := range c.things {
		if t.cluster == cluster && t.role == role {
			delete(c.things, id)
			found = true
		}
	}
	return found
}

func (c *Cloud) exists(t *thing) bool { return t.gone.IsZero() || c.now.Before(t.gone) }

// takes are how long things take to be made. Going takes half of it.
var takes = map[plan.Kind]time.Duration{
	plan.DBInstance: 12 * time.Minute, plan.Cache: 9 * time.Minute, plan.NAT: 2 * time.Minute, plan.Balancer: 3 * time.Minute,
	plan.Certificate: 4 * time.Minute, plan.VPC: 2 * time.Second, plan.VPCEndpoint: time.Minute, plan.Service: time.Minute,
	plan.Subnet: time.Second,
}

func fault(code, message string) error { return &smithy.GenericAPIError{Code: code, Message: message} }

// chance decides how a call goes: before is an error without an effect, after one despite the effect.
func (c *Cloud) chance() (before, after error) {
	c.calls++
	if c.random.Float64() >= c.Faulty {
		return nil, nil
	}
	switch c.random.IntN(4) {
	case 0:
		return fault("RequestLimitExceeded", "Request limit exceeded."), nil
	case 1:
		return fault("InternalError", "An internal error has occurred"), nil
	case 2:
		return context.DeadlineExceeded, nil
	}
	return nil, context.DeadlineExceeded
}

// Find implements [converge.Driver], like the methods that follow.
func (c *Cloud) Find(_ context.Context, s converge.Scope, k plan.Kind, ids []string) ([]converge.Found, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, after := c.chance(); before != nil || after != nil {
		return nil, fault("Throttling", "Rate exceeded")
	}
	var all []converge.Found
	for _, t := range c.things {
		named := false
		for _, id := range ids {
			named = named || id == t.id
		}
		if t.kind != k || t.cluster != s.Cluster && !named || c.now.Before(t.shown) || !c.exists(t) {
			continue
		}
		all = append(all, converge.Found{Kind: k, ID: t.id, Role: t.role, State: c.state(t), Detail: t.broken})
	}
	return all, nil
}

func (c *Cloud) state(t *thing) converge.State {
	switch {
	case !t.gone.IsZero():
		return converge.Leaving
	case t.broken != "":
		return converge.Broken
	case t.needsWork || c.now.Before(t.ready):
		return converge.Working
	}
	return converge.Ready
}

// Create refuses what stands on nothing, overlaps, or is too much.
func (c *Cloud) Create(_ context.Context, r converge.Request) (converge.Found, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, after := c.chance()
	if before != nil {
		return converge.Found{}, before
	}
	t, err := c.make(r)
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{Kind: t.kind, ID: t.id, Role: t.role, State: c.state(t)}, after
}

func (c *Cloud) make(r converge.Request) (*thing, error) {
	if err := c.refers(r.IDs); err != nil {
		return nil, err
	}
	count := 0
	for _, t := range c.things {
		if t.kind != r.Kind || !c.exists(t) {
			continue
		}
		count++
		if t.cluster == r.Cluster && t.role == r.Role && !r.Kind.Unmarked() && r.Kind != plan.Subnet {
			if !t.gone.IsZero() {
				return nil, fault("AlreadyExistsException", "it is being deleted")
			}
			if c.now.Before(t.shown) && c.random.IntN(2) == 0 {
				return nil, fault("DuplicateListener", "it is there already")
			}
			return t, nil
		}
		if r.Kind == plan.Subnet && t.refs["vpc"] == r.IDs["vpc"] && overlap(t.settings, r.Settings) {
			return nil, fault("InvalidSubnet.Conflict", "The CIDR conflicts with another subnet")
		}
	}
	if most, limited := c.Max[r.Kind]; limited && count >= most {
		return nil, fault("VpcLimitExceeded", "The maximum number has been reached.")
	}
	c.next++
	t := &thing{
		kind: r.Kind, id: fmt.Sprintf("id-%d", c.random.Uint32()), cluster: r.Cluster, role: r.Role, token: r.Token, refs: r.IDs,
		settings: r.Settings, ready: c.now.Add(takes[r.Kind]), shown: c.now, needsWork: r.Kind == plan.Certificate,
	}
	if c.Lag > 0 {
		t.shown = c.now.Add(time.Duration(c.random.Int64N(int64(c.Lag))))
	}
	c.things[t.id] = t
	return t, nil
}

func (c *Cloud) refers(ids map[string]string) error {
	for use, id := range ids {
		t := c.things[id]
		if t == nil || !c.exists(t) || !t.gone.IsZero() || c.now.Before(t.shown) && c.random.IntN(2) == 0 {
			return fault("InvalidParameter.NotFound", use+" does not exist")
		}
	}
	return nil
}

func overlap(a, b any) bool {
	x, okX := a.(plan.SubnetSettings)
	y, okY := b.(plan.SubnetSettings)
	return okX && okY && netip.MustParsePrefix(x.Range).Overlaps(netip.MustParsePrefix(y.Range))
}

// Settle wants what is not shown yet to be waited for.
func (c *Cloud) Settle(_ context.Context, r converge.Request, f converge.Found) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, after := c.chance()
	if before != nil {
		return false, before
	}
	t := c.things[f.ID]
	if t == nil || !c.exists(t) {
		return false, fault("Invalid.NotFound", "does not exist")
	}
	if c.now.Before(t.shown) && c.random.IntN(2) == 0 {
		return false, fault("Invalid.NotFound", "does not exist")
	}
	if err := c.refers(r.IDs); err != nil {
		return false, err
	}
	t.settled, t.refs, t.needsWork = r.Settings, r.IDs, false
	if r.Kind == plan.DBInstance && t.settings != r.Settings {
		t.settings, t.ready = r.Settings, c.now.Add(takes[r.Kind])
		return true, after
	}
	return false, after
}

// Delete refuses what others refer to. What takes time to be made takes time to go.
func (c *Cloud) Delete(_ context.Context, s converge.Scope, f converge.Found) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, after := c.chance()
	if before != nil {
		return before
	}
	t := c.things[f.ID]
	if t == nil || !c.exists(t) {
		return fault("Invalid.NotFound", "does not exist")
	}
	if t.cluster != s.Cluster {
		return fault("UnauthorizedOperation", "the tag says otherwise")
	}
	for _, other := range c.things {
		if !c.exists(other) || other.id == t.id {
			continue
		}
		for use, id := range other.refs {
			if id == t.id && !soft(other.kind, use) {
				return fault("DependencyViolation", fmt.Sprintf("%s is used by %s %s", t.kind, other.kind, other.role))
			}
		}
	}
	if t.gone.IsZero() {
		t.gone = c.now.Add(takes[t.kind] / 2)
	}
	return after
}

// soft tells references that AWS does not hold against a removal.
func soft(k plan.Kind, use string) bool {
	switch k {
	case plan.RouteTable, plan.VPCEndpoint:
		return use != "vpc"
	case plan.Task, plan.Role, plan.LogGroup, plan.Secret, plan.Bucket, plan.Record:
		return true
	case plan.DBInstance, plan.Cache:
		return use == "key" || use == "secret"
	case plan.Service:
		return use != "nodes" && use != "group" && use != "subnet"
	}
	return false
}
