package converge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

// Ensure does what can be done now to make want, which is in order: each resource after those that it needs. What want needs
// beside itself is in base, and was ensured before. It returns nil when all of want is there and as it should be, and a
// [provisioner.Pending] while that takes its time. extra is by role.
func (c *Converger) Ensure(ctx context.Context, s Scope, base, want []plan.Resource, extra map[string]Extra) error {
	p, err := c.begin(ctx, s)
	if err != nil {
		return err
	}
	kinds := map[string]plan.Kind{}
	for _, r := range base {
		kinds[r.Role] = r.Kind
	}
	ready, ours := map[string]string{}, map[string]bool{}
	for _, r := range want {
		ours[r.Role] = true
	}
	for _, r := range want {
		ids, ok, err := p.needs(ctx, r, ready, ours, kinds)
		if err != nil {
			return err
		}
		if !ok {
			continue // what it waits for says so
		}
		id, err := p.advance(ctx, Request{Scope: s, Resource: r, IDs: ids, Extra: extra[r.Role]})
		switch pending := provisioner.AsPending(err); {
		case pending != nil && pending.After == pauseTrouble: // AWS is in trouble: not to be troubled more
			return pending
		case pending != nil:
			p.waits = append(p.waits, pending)
		case err != nil:
			return err
		case id != "":
			ready[r.Role] = id
		}
	}
	return p.end()
}

// needs resolves what r refers to; false while some of it is not ready.
func (p *pass) needs(ctx context.Context, r plan.Resource, ready map[string]string, ours map[string]bool, base map[string]plan.Kind) (map[string]string, bool, error) {
	ids := make(map[string]string, len(r.Needs))
	for use, role := range r.Needs {
		id, ok := ready[role]
		if !ok && ours[role] {
			return nil, false, nil
		}
		if !ok {
			var err error
			if id, err = p.ensured(ctx, role, base[role]); err != nil {
				return nil, false, fmt.Errorf("make the %s: %w", r.Kind, err)
			}
		}
		ids[use] = id
	}
	return ids, true, nil
}

// Made is the id of a resource that an earlier call made.
func (c *Converger) Made(ctx context.Context, s Scope, k plan.Kind, role string) (string, error) {
	p, err := c.begin(ctx, s)
	if err != nil {
		return "", err
	}
	return p.ensured(ctx, role, k)
}

// New reports whether what is remembered in a role was asked for so lately that AWS may not show it yet.
func (c *Converger) New(ctx context.Context, s Scope, role string) (bool, error) {
	p, err := c.begin(ctx, s)
	if err != nil {
		return false, err
	}
	return p.hidden(p.saved[role]) > 0, nil
}

// ensured is the id of a resource that an earlier call made.
func (p *pass) ensured(ctx context.Context, role string, k plan.Kind) (string, error) {
	if e := p.saved[role]; e.ID != "" && e.Settled != "" {
		return e.ID, nil
	}
	if k != "" {
		all, err := p.list(ctx, k)
		if err != nil {
			return "", err
		}
		for _, f := range all {
			if f.Role == role && f.State == Ready {
				return f.ID, nil
			}
		}
	}
	return "", fmt.Errorf("%s, which it stands on, is not there", role)
}

// advance takes a resource as far as it goes now, and returns its id when it is ready. "" means that a wait was noted.
func (p *pass) advance(ctx context.Context, r Request) (string, error) {
	f, err := p.choose(ctx, r)
	if err != nil {
		return "", err
	}
	if f == nil {
		if f, err = p.create(ctx, r); f == nil || err != nil {
			return "", err
		}
		r.New = true
	}
	switch {
	case f.State == Broken:
		if err := p.Driver.Delete(ctx, p.scope, *f); err != nil && Classify(err) != Missing {
			return "", outcome("remove the broken "+string(r.Kind), err)
		}
		if err := p.forget(ctx, r.Role); err != nil {
			return "", err
		}
		return "", fmt.Errorf("make the %s: AWS could not: %s", r.Kind, f.Detail)
	case f.State == Leaving:
		p.wait(pauseOf(r.Kind), "a former %s is being removed", r.Kind)
		return "", nil
	case f.State == Working && r.Kind != plan.Certificate: // which is issued only after it was settled
		p.wait(pauseOf(r.Kind), "the %s is being made%s", r.Kind, inBrackets(f.Detail))
		return "", nil
	}
	working, err := p.settle(ctx, r, *f)
	if err != nil {
		return "", err
	}
	if working || f.State == Working {
		p.wait(pauseOf(r.Kind), "the %s is being made%s", r.Kind, inBrackets(f.Detail))
		return "", nil
	}
	return f.ID, nil
}

// settle brings f to the settings of r, unless that was done.
func (p *pass) settle(ctx context.Context, r Request, f Found) (working bool, err error) {
	e := p.saved[r.Role]
	want := r.Fingerprint(r.IDs)
	if e.Settled == want && r.Extra == (Extra{}) {
		return false, nil
	}
	r.Token = e.Token
	if working, err = p.Driver.Settle(ctx, r, f); err != nil {
		if Classify(err) == Missing && (p.hidden(e) > 0 || p.standsOnNew(r)) {
			return false, &provisioner.Pending{After: pauseShort, Reason: fmt.Sprintf("AWS does not show the new %s yet", r.Kind)}
		}
		return false, outcome("make the "+string(r.Kind), err)
	}
	if e.Settled == want {
		return working, nil
	}
	e.Settled = want
	return working, p.remember(ctx, r.Role, e)
}

// choose finds the one resource that has the role: the one that was remembered, else one that bears its mark. Others of the
// same role, made by a request whose answer got lost, are removed.
func (p *pass) choose(ctx context.Context, r Request) (*Found, error) {
	all, err := p.list(ctx, r.Kind)
	if err != nil {
		return nil, err
	}
	e := p.saved[r.Role]
	var chosen *Found
	for _, f := range all {
		switch {
		case f.ID == e.ID:
			chosen = &f
		case e.ID == "" && f.Role == r.Role && (chosen == nil || chosen.State == Leaving):
			chosen = &f
		}
	}
	if e.ID != "" && chosen == nil {
		if left := p.hidden(e); left > 0 {
			return nil, &provisioner.Pending{After: pauseShort, Reason: fmt.Sprintf("AWS does not show the new %s yet", r.Kind)}
		}
		p.Logger.WarnContext(ctx, "a resource is gone", "cluster", p.scope.Cluster, "kind", r.Kind, "id", e.ID)
		return nil, p.forget(ctx, r.Role)
	}
	if chosen == nil {
		return nil, nil
	}
	for _, f := range all {
		if f.Role == r.Role && f.ID != chosen.ID && f.State != Leaving {
			p.Logger.WarnContext(ctx, "remove a resource that was made twice", "cluster", p.scope.Cluster, "kind", f.Kind, "id", f.ID)
			if err := p.Driver.Delete(ctx, p.scope, f); err != nil && Classify(err) != Missing {
				return nil, outcome("remove a second "+string(f.Kind), err)
			}
		}
	}
	if e.ID == "" && chosen.State != Leaving {
		return chosen, p.remember(ctx, r.Role, ledger.Entry{Kind: string(r.Kind), ID: chosen.ID, Token: e.Token, At: p.Now()})
	}
	return chosen, nil
}

// create makes what does not exist. Nil without an error means that a wait was noted.
func (p *pass) create(ctx context.Context, r Request) (*Found, error) {
	e := p.saved[r.Role]
	if left := p.hidden(e); left > 0 {
		p.wait(max(left, time.Second), "whether AWS has made the %s will show", r.Kind)
		return nil, nil
	}
	earlier := e.At
	if e.Token == "" {
		e.Token = newToken()
	}
	e.Kind, e.At = string(r.Kind), p.Now()
	if err := p.remember(ctx, r.Role, e); err != nil {
		return nil, err
	}
	r.Token = e.Token
	f, err := p.Driver.Create(ctx, r)
	if err != nil {
		class := Classify(err)
		unseen := class == Exists && p.recent(earlier) > 0 // an earlier attempt has made it, and AWS does not show it yet
		switch {
		case unseen:
			e.At = earlier
		case class != Unsure && class != Soon:
			e.At = time.Time{} // refused: nothing was made
		}
		if class != Unsure {
			if err := p.remember(ctx, r.Role, e); err != nil {
				return nil, err
			}
		}
		if unseen || class == Missing && p.standsOnNew(r) {
			err = errors.Join(ErrNotYet, err)
		}
		return nil, outcome("make the "+string(r.Kind), err)
	}
	e.ID = f.ID
	p.Logger.InfoContext(ctx, "made a resource", "cluster", p.scope.Cluster, "kind", r.Kind, "id", f.ID)
	return &f, p.remember(ctx, r.Role, e)
}

// standsOnNew reports whether something that r needs was made so lately that parts of AWS may not know it yet.
func (p *pass) standsOnNew(r Request) bool {
	for _, role := range r.Needs {
		if p.recent(p.saved[role].At) > 0 {
			return true
		}
	}
	return false
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
