package converge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Selection is what is to be removed.
type Selection struct {
	Kinds   []plan.Kind
	Belongs func(k plan.Kind, role string) bool // of those kinds
}

// Remove does what can be done now to remove what is selected, in the order of [plan.Teardown]. It returns nil when nothing
// of it is left, as AWS shows it, and a [provisioner.Pending] while that takes its time.
func (c *Converger) Remove(ctx context.Context, s Scope, sel Selection) error {
	p, err := c.begin(ctx, s)
	if err != nil {
		return err
	}
	for _, stage := range plan.Teardown() {
		for _, k := range stage {
			if !slices.Contains(sel.Kinds, k) {
				continue
			}
			if err := p.removeKind(ctx, k, sel.Belongs); err != nil {
				return err
			}
		}
		if err := p.end(); err != nil {
			return err
		}
	}
	for role, e := range p.saved {
		if slices.Contains(sel.Kinds, plan.Kind(e.Kind)) && sel.Belongs(plan.Kind(e.Kind), role) {
			if err := p.forget(ctx, role); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pass) removeKind(ctx context.Context, k plan.Kind, belongs func(plan.Kind, string) bool) error {
	for role, e := range p.saved {
		if e.Kind == string(k) && e.ID == "" && belongs(k, role) {
			// Of kinds with tokens as well: nobody will ask for it again, so it must be seen before it can be removed.
			if left := p.recent(e.At); left > 0 {
				p.wait(left, "whether AWS has made the %s will show", k)
			}
		}
	}
	all, err := p.list(ctx, k)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range all {
		known[f.ID] = true
		if !belongs(k, f.Role) {
			continue
		}
		if f.State == Leaving {
			p.wait(pauseOf(k), "the %s is being removed", k)
			continue
		}
		err := p.Driver.Delete(ctx, p.scope, f)
		switch {
		case err == nil && k.Slow():
			p.wait(pauseOf(k), "the %s is being removed", k)
		case err == nil || Classify(err) == Missing:
			p.Logger.InfoContext(ctx, "removed a resource", "cluster", p.scope.Cluster, "kind", k, "id", f.ID)
		case Classify(err) == Busy:
			p.wait(pauseBusy, "remove the %s: something else still uses it (%s)", k, said(err))
		default:
			return outcome("remove the "+string(k), err)
		}
	}
	for role, e := range p.saved { // made a moment ago and not shown yet
		if e.Kind == string(k) && e.ID != "" && !known[e.ID] && belongs(k, role) && p.hidden(e) > 0 {
			err := p.Driver.Delete(ctx, p.scope, Found{Kind: k, ID: e.ID, Role: role})
			if err != nil && Classify(err) != Missing && Classify(err) != Busy {
				return outcome("remove the "+string(k), err)
			}
			if err != nil {
				p.wait(pauseShort, "AWS does not show the new %s yet", k)
			}
		}
	}
	return nil
}

// Leftovers lists all that exists of a cluster, by its marks and by what is remembered.
func (c *Converger) Leftovers(ctx context.Context, s Scope) ([]Found, error) {
	p, err := c.begin(ctx, s)
	if err != nil {
		return nil, err
	}
	var left []Found
	for _, stage := range plan.Teardown() {
		for _, k := range stage {
			all, err := p.list(ctx, k)
			if err != nil {
				return nil, err
			}
			left = append(left, all...)
		}
	}
	return left, nil
}

// Swept returns nil when AWS shows nothing of the cluster any more. What is on its way out is waited for; the rest is an error
// that names it.
func (c *Converger) Swept(ctx context.Context, s Scope) error {
	left, err := c.Leftovers(ctx, s)
	if err != nil {
		return err
	}
	var names []string
	leaving := true
	for _, f := range left {
		names = append(names, fmt.Sprintf("%s %s", f.Kind, f.ID))
		leaving = leaving && f.State == Leaving
	}
	switch {
	case len(left) == 0:
		return nil
	case leaving:
		return &provisioner.Pending{After: pauseShort, Reason: "AWS still shows " + strings.Join(names, ", ")}
	}
	return errors.New("still there: " + strings.Join(names, ", "))
}
