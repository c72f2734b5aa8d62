package tenant

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
)

// Rules is what an organization demands of its members.
type Rules struct {
	// SecondFactorRequired says that who signs in with a password must have a second factor.
	SecondFactorRequired bool `json:"secondFactorRequired"`
}

// RulesStore keeps rules.
type RulesStore interface {
	// Rules returns those of an organization.
	Rules(ctx context.Context, organization string) (Rules, error)
	// SetRules changes them; the entry gets those before and after. When a second factor becomes required, what members have
	// opened in clusters ends.
	SetRules(ctx context.Context, organization string, r Rules, e audit.Entry) error
}

// Rules returns what an organization demands of its members.
func (s *Service) Rules(ctx context.Context, o Organization) (Rules, error) {
	return s.store.Rules(ctx, o.ID)
}

// SetRules changes what an organization demands of its members; repeating it changes nothing.
func (s *Service) SetRules(ctx context.Context, by audit.Actor, o Organization, r Rules) error {
	return s.store.SetRules(ctx, o.ID, r, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "organization.rules", Target: "organization/" + o.Name,
	})
}
