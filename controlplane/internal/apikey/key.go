package apikey

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

const (
	defaultDays  = 90
	defaultGrace = 24 * time.Hour
	maxGrace     = 7 * 24 * time.Hour
	maxName      = 60
	// maxKeys bounds how many keys one owner has in an organization.
	maxKeys = 50
)

// Input asks for a key. At most one of project and cluster is in the limit.
type Input struct {
	Owner         authz.Principal
	Federated     bool
	Name          string
	ExpiresInDays *int // nil: 90
	Limit         Limit
	Dangerous     bool
}

func (in Input) check(rules tenant.Rules) error {
	var check problem.Check
	check.Field("name", checkText(in.Name, maxName))
	check.Field("expiresInDays", rules.CheckKeyDays(daysOf(in.ExpiresInDays)))
	r := in.Limit.Role
	part := in.Limit.ProjectID != "" || in.Limit.ClusterID != ""
	switch {
	case r != "" && !r.Custom() && !r.ForMembers() && !r.ForParts():
		check.Field("role", "must be a role that there is")
	case r.ForMembers() && part:
		check.Field("role", "is for the whole organization; for a project or a cluster take one of theirs")
	}
	return check.Err()
}

func checkText(text string, most int) string {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "is required"
	case n > most || strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text:
		return fmt.Sprintf("must have at most %d characters that can be seen, and no spaces around it", most)
	}
	return ""
}

// daysOf returns how many days a key lives that is made or renewed.
func daysOf(asked *int) int {
	if asked == nil {
		return defaultDays
	}
	return *asked
}

// NewKey makes a key in an organization and returns its token, which is shown only here. Every call makes another key.
func (s *Service) NewKey(ctx context.Context, by audit.Actor, may tenant.May, o tenant.Organization, in Input) (Key, string, error) {
	rules, err := s.Rules(ctx, o.ID)
	if err == nil {
		err = in.check(rules)
	}
	if err != nil {
		return Key{}, "", err
	}
	list, err := s.APIKeys(ctx, o.ID, "")
	if err != nil {
		return Key{}, "", err
	}
	if len(slices.DeleteFunc(list, func(k Key) bool { return k.Owner != in.Owner })) >= maxKeys {
		return Key{}, "", problem.New(problem.Conflict, "There are %d keys already; delete one that is not needed.", maxKeys)
	}
	now := s.now()
	k := Key{
		ID: id.New("key"), OrganizationID: o.ID, Owner: in.Owner, Federated: in.Federated, Name: in.Name, Limit: in.Limit, Dangerous: in.Dangerous,
		CreatedBy: by.Email, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, daysOf(in.ExpiresInDays)),
	}
	var token string
	token, k.SecretHash = newToken(k.Owner.Kind, k.ID)
	k, err = s.CreateAPIKey(ctx, k, may, s.entry(by, k, "apikey.create", nil, state(k)))
	if err != nil {
		return Key{}, "", err
	}
	return k, token, nil
}

// Pause pauses a key, or lets a paused one in again. It is repeatable.
func (s *Service) Pause(ctx context.Context, by audit.Actor, may tenant.May, k Key, paused bool) (Key, error) {
	action := "apikey.resume"
	if paused {
		action = "apikey.pause"
	}
	return s.ChangeAPIKey(ctx, k.OrganizationID, k.ID, func(k *Key) error {
		k.Paused = paused
		return nil
	}, may, s.entry(by, k, action, nil, state(k)))
}

// Rotate gives a key another token, which is shown only here, and lets it live on. The present one stays good for a time, so that
// all who use it can change over; one before that ends. Every call makes another one. Of grace and days nil is a day, and 90.
func (s *Service) Rotate(ctx context.Context, by audit.Actor, may tenant.May, k Key, graceHours, days *int) (Key, string, error) {
	grace := defaultGrace
	if graceHours != nil {
		grace = time.Duration(*graceHours) * time.Hour
	}
	rules, err := s.Rules(ctx, k.OrganizationID)
	if err != nil {
		return Key{}, "", err
	}
	var check problem.Check
	check.Field("expiresInDays", rules.CheckKeyDays(daysOf(days)))
	if grace < 0 || grace > maxGrace {
		check.Field("graceHours", "must be 0 to 168")
	}
	if err := check.Err(); err != nil {
		return Key{}, "", err
	}
	now := s.now()
	token, hash := newToken(k.Owner.Kind, k.ID)
	renewed := k
	renewed.ExpiresAt = now.AddDate(0, 0, daysOf(days))
	k, err = s.ChangeAPIKey(ctx, k.OrganizationID, k.ID, func(k *Key) error {
		k.FormerHash, k.FormerUntil = "", time.Time{}
		if grace > 0 {
			k.FormerHash, k.FormerUntil = k.SecretHash, now.Add(grace)
			if k.ExpiresAt.Before(k.FormerUntil) { // it does not live longer than it would have
				k.FormerUntil = k.ExpiresAt
			}
		}
		k.SecretHash, k.ExpiresAt = hash, renewed.ExpiresAt
		return nil
	}, may, s.entry(by, k, "apikey.rotate", state(k), state(renewed)))
	if err != nil {
		return Key{}, "", err
	}
	return k, token, nil
}

// Remove deletes a key. It is repeatable.
func (s *Service) Remove(ctx context.Context, by audit.Actor, may tenant.May, k Key) error {
	return s.DeleteAPIKey(ctx, k.OrganizationID, k.ID, may, s.entry(by, k, "apikey.delete", state(k), nil))
}

func (s *Service) entry(by audit.Actor, k Key, action string, before, after any) audit.Entry {
	return audit.Entry{At: s.now(), Actor: by, Organization: k.OrganizationID, Action: action, Target: k.target(), Before: before, After: after}
}

func state(k Key) map[string]any {
	all := map[string]any{
		"name": k.Name, "owner": string(k.Owner.Kind) + "/" + k.Owner.ID, "expiresAt": k.ExpiresAt.UTC().Format(time.RFC3339), "dangerous": k.Dangerous,
	}
	for name, text := range map[string]string{"role": string(k.Limit.Role), "project": k.Limit.Project, "cluster": k.Limit.Cluster} {
		if text != "" {
			all[name] = text
		}
	}
	return all
}
