package converge

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

// Converger makes and removes the resources of clusters. All fields are required.
type Converger struct {
	Driver Driver
	Ledger ledger.Ledger
	Now    func() time.Time
	// Visible is how long AWS may take to show what was made.
	Visible time.Duration
	Logger  *slog.Logger
}

// pass is one look at a cluster.
type pass struct {
	*Converger
	scope Scope
	saved map[string]ledger.Entry
	found map[plan.Kind][]Found
	waits []*provisioner.Pending
}

func (c *Converger) begin(ctx context.Context, s Scope) (*pass, error) {
	saved, err := c.Ledger.Recall(ctx, s.Cluster)
	if err != nil {
		return nil, fmt.Errorf("recall what was made: %w", err)
	}
	if saved == nil {
		saved = map[string]ledger.Entry{}
	}
	return &pass{Converger: c, scope: s, saved: saved, found: map[plan.Kind][]Found{}}, nil
}

// list finds the resources of a kind, once in a pass.
func (p *pass) list(ctx context.Context, k plan.Kind) ([]Found, error) {
	if all, ok := p.found[k]; ok {
		return all, nil
	}
	var ids []string
	for _, e := range p.saved {
		if e.Kind == string(k) && e.ID != "" {
			ids = append(ids, e.ID)
		}
	}
	slices.Sort(ids)
	all, err := p.Driver.Find(ctx, p.scope, k, ids)
	if err != nil {
		return nil, outcome("look for the "+string(k), err)
	}
	slices.SortFunc(all, func(a, b Found) int { return strings.Compare(a.ID, b.ID) })
	p.found[k] = all
	return all, nil
}

func (p *pass) remember(ctx context.Context, role string, e ledger.Entry) error {
	if err := p.Ledger.Remember(ctx, p.scope.Cluster, role, e); err != nil {
		return fmt.Errorf("remember the %s: %w", e.Kind, err)
	}
	p.saved[role] = e
	return nil
}

func (p *pass) forget(ctx context.Context, role string) error {
	if err := p.Ledger.Forget(ctx, p.scope.Cluster, role); err != nil {
		return fmt.Errorf("forget %s: %w", role, err)
	}
	delete(p.saved, role)
	return nil
}

func (p *pass) wait(after time.Duration, format string, args ...any) {
	p.waits = append(p.waits, &provisioner.Pending{After: after, Reason: fmt.Sprintf(format, args...)})
}

// hidden is how long AWS may yet hide something that was asked for by e. Zero: it would be shown.
func (p *pass) hidden(e ledger.Entry) time.Duration {
	if e.At.IsZero() || e.ID == "" && !plan.Kind(e.Kind).Unmarked() {
		return 0
	}
	return p.recent(e.At)
}

// recent is how long AWS may yet hide what was asked for then. Zero: it would be shown, or was never asked for.
func (p *pass) recent(at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(0, p.Visible-p.Now().Sub(at))
}

// end returns nil when nothing is waited for, else a Pending with the reasons and the shortest pause.
func (p *pass) end() error {
	if len(p.waits) == 0 {
		return nil
	}
	all := &provisioner.Pending{After: p.waits[0].After}
	var reasons []string
	for _, w := range p.waits {
		all.After = min(all.After, w.After)
		if !slices.Contains(reasons, w.Reason) {
			reasons = append(reasons, w.Reason)
		}
	}
	const most = 3
	if more := len(reasons) - most; more > 0 {
		reasons = append(reasons[:most], fmt.Sprintf("and %d more", more))
	}
	all.After = max(all.After, time.Second)
	all.Reason = strings.Join(reasons, "; ")
	return all
}

// newToken is what AWS recognizes a repeated request by.
func newToken() string { return strings.ToLower(rand.Text()) }
