package tenant

import (
	"cmp"
	"context"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// maxKeyDays is the longest life of keys in any organization.
const maxKeyDays = 365

// Rules is what an organization demands of its members.
type Rules struct {
	// SecondFactorRequired says that who signs in with a password must have a second factor.
	SecondFactorRequired bool `json:"secondFactorRequired"`
	// MaxKeyDays is the longest life, in days, of API keys and of all access keys of clusters that are made or renewed, at most 365;
	// 0: the organization sets none.
	MaxKeyDays int `json:"maxKeyDays"`
}

// CheckKeyDays says what is wrong with a life of a key in days; "" is good.
func (r Rules) CheckKeyDays(days int) string {
	most := longestKeyDays(r.MaxKeyDays)
	switch {
	case days >= 1 && days <= most:
		return ""
	case r.MaxKeyDays != 0:
		return fmt.Sprintf("must be 1 to %d, the most that the organization allows", most)
	}
	return fmt.Sprintf("must be 1 to %d", most)
}

// LongestKeyDays is how many days keys may be good that are made or renewed: what the organization has set, or what holds for all.
func (o Organization) LongestKeyDays() int { return longestKeyDays(o.MaxKeyDays) }

func longestKeyDays(set int) int { return cmp.Or(set, maxKeyDays) }

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

// SetRules changes what an organization demands of its members; repeating it changes nothing. Keys that exist stay as they are.
func (s *Service) SetRules(ctx context.Context, by audit.Actor, o Organization, r Rules) error {
	if r.MaxKeyDays < 0 || r.MaxKeyDays > maxKeyDays {
		return problem.Wrong("maxKeyDays", fmt.Sprintf("must be 1 to %d, or 0 for none", maxKeyDays))
	}
	return s.store.SetRules(ctx, o.ID, r, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "organization.rules", Target: "organization/" + o.Name,
	})
}
