package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

const (
	defaultKeyDays = 90
	maxKeyName     = 60
	// applyWait is how long a new key waits for the data plane to take it in; one that is connected does in milliseconds.
	applyWait = 3 * time.Second
)

// KeyInput asks for an access key.
type KeyInput struct {
	Name          string
	ExpiresInDays *int                 // nil means 90
	Role          fleetapi.ClusterRole // "" means developer

	// Most is the role of who makes the key: a key cannot do more.
	Most fleetapi.ClusterRole
}

// CreateKey makes a key and returns its secret, which is shown only here. The data plane knows the key already when it is
// connected. Every call makes another key.
func (s *Service) CreateKey(ctx context.Context, by audit.Actor, o tenant.Organization, cluster string, in KeyInput) (AccessKey, string, error) {
	days := defaultKeyDays
	if in.ExpiresInDays != nil {
		days = *in.ExpiresInDays
	}
	rules, err := s.Store.Rules(ctx, o.ID)
	if err != nil {
		return AccessKey{}, "", err
	}
	var check problem.Check
	check.Field("name", checkKeyName(in.Name))
	check.Field("expiresInDays", rules.CheckKeyDays(days))
	in.Role = cmp.Or(in.Role, fleetapi.ClusterDeveloper)
	check.Field("role", checkKeyRole(in.Role, in.Most))
	if err := check.Err(); err != nil {
		return AccessKey{}, "", err
	}
	c, err := s.served(ctx, o, cluster)
	if err != nil {
		return AccessKey{}, "", err
	}
	now := s.Now()
	secret, hash := accesskey.New()
	k := AccessKey{
		ID: id.New("key"), ClusterID: c.ID, Name: in.Name, SecretHash: hash, CreatedBy: by.Email, CreatedAt: now,
		ExpiresAt: now.AddDate(0, 0, days), Role: in.Role,
	}
	revision, err := s.Store.CreateAccessKey(ctx, o.ID, k, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "accesskey.create", Target: "cluster/" + cluster + "/accesskey/" + k.ID,
		After: map[string]string{"id": k.ID, "name": k.Name, "role": string(k.Role), "expiresAt": k.ExpiresAt.UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return AccessKey{}, "", err
	}
	s.applied(ctx, c.ID, k.ID, revision)
	return k, secret, nil
}

// applied tells the data plane of a change of a key, and waits a moment for it.
func (s *Service) applied(ctx context.Context, cluster, key string, revision int64) {
	s.Hub.Wake(notify.Config(cluster))
	waiting, stop := context.WithTimeout(ctx, applyWait)
	defer stop()
	if !s.Fleet.AwaitApplied(waiting, cluster, revision) {
		s.Logger.WarnContext(ctx, "access key not applied yet", "cluster", cluster, "key", key)
	}
}

// PauseKey pauses a key, or lets a paused one in again. A paused key and its tokens are refused as soon as the data plane has
// been told. It is repeatable.
func (s *Service) PauseKey(ctx context.Context, by audit.Actor, o tenant.Organization, cluster, key string, paused bool) (AccessKey, error) {
	c, err := s.served(ctx, o, cluster)
	if err != nil {
		return AccessKey{}, err
	}
	action := "accesskey.resume"
	if paused {
		action = "accesskey.pause"
	}
	k, revision, err := s.Store.ChangeAccessKey(ctx, o.ID, c.ID, key, func(k *AccessKey) error {
		k.Paused = paused
		return nil
	}, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: action, Target: "cluster/" + cluster + "/accesskey/" + key,
		After: map[string]string{"id": key},
	})
	if err == nil {
		s.applied(ctx, c.ID, key, revision)
	}
	return k, err
}

// Grace is how long a replaced secret stays good.
const (
	defaultGrace = 24 * time.Hour
	maxGrace     = 7 * 24 * time.Hour
)

// RotateInput asks for another secret of a key.
type RotateInput struct {
	GraceHours    *int // how long the present secret stays good; nil means 24
	ExpiresInDays *int // of the key, from now; nil means 90
	Most          fleetapi.ClusterRole
}

// RotateKey gives a key another secret, which is shown only here. The present one stays good for a time, so that all who use it
// can change over; one before that ends. Every call makes another secret.
func (s *Service) RotateKey(ctx context.Context, by audit.Actor, o tenant.Organization, cluster, key string, in RotateInput) (AccessKey, string, error) {
	grace, days := defaultGrace, defaultKeyDays
	if in.GraceHours != nil {
		grace = time.Duration(*in.GraceHours) * time.Hour
	}
	if in.ExpiresInDays != nil {
		days = *in.ExpiresInDays
	}
	rules, err := s.Store.Rules(ctx, o.ID)
	if err != nil {
		return AccessKey{}, "", err
	}
	var check problem.Check
	if grace < 0 || grace > maxGrace {
		check.Field("graceHours", "must be 0 to 168")
	}
	check.Field("expiresInDays", rules.CheckKeyDays(days))
	if err := check.Err(); err != nil {
		return AccessKey{}, "", err
	}
	c, err := s.served(ctx, o, cluster)
	if err != nil {
		return AccessKey{}, "", err
	}
	now := s.Now()
	secret, hash := accesskey.New()
	k, revision, err := s.Store.ChangeAccessKey(ctx, o.ID, c.ID, key, func(k *AccessKey) error {
		if why := checkKeyRole(k.Role, in.Most); why != "" {
			return problem.New(problem.Denied, "The key's role %s.", why)
		}
		k.FormerHash, k.FormerUntil = "", time.Time{}
		if grace > 0 {
			k.FormerHash, k.FormerUntil = k.SecretHash, now.Add(grace)
			if k.ExpiresAt.Before(k.FormerUntil) { // the former secret does not live longer than it would have
				k.FormerUntil = k.ExpiresAt
			}
		}
		k.SecretHash, k.ExpiresAt = hash, now.AddDate(0, 0, days)
		return nil
	}, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "accesskey.rotate", Target: "cluster/" + cluster + "/accesskey/" + key,
		After: map[string]string{"id": key, "expiresAt": now.AddDate(0, 0, days).UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return AccessKey{}, "", err
	}
	s.applied(ctx, c.ID, key, revision)
	return k, secret, nil
}

// checkKeyRole wants a role that does no more than another one; "" is good.
func checkKeyRole(role, most fleetapi.ClusterRole) string {
	if !role.Valid() {
		return fmt.Sprintf("must be one of %v", fleetapi.ClusterRoles())
	}
	// Each of them may do what the next one may; workers' rights are a part of operators'.
	order := []fleetapi.ClusterRole{fleetapi.ClusterAdmin, fleetapi.ClusterDeveloper, fleetapi.ClusterOperator}
	mine := slices.Index(order, most)
	wanted := slices.Index(order, role)
	switch {
	case role == most:
	case mine < 0, wanted >= 0 && wanted < mine:
		return fmt.Sprintf("must not be more than your own role in the cluster, %s", most)
	}
	return ""
}

// Keys returns the keys of a cluster, newest first.
func (s *Service) Keys(ctx context.Context, o tenant.Organization, cluster string) ([]AccessKey, error) {
	c, err := s.Store.Cluster(ctx, o.ID, cluster)
	if err != nil {
		return nil, err
	}
	return s.Store.AccessKeys(ctx, o.ID, c.ID)
}

// DeleteKey deletes a key; one that is absent is no error.
func (s *Service) DeleteKey(ctx context.Context, by audit.Actor, o tenant.Organization, cluster, key string) error {
	c, err := s.Store.Cluster(ctx, o.ID, cluster)
	if err != nil {
		return err
	}
	deleted, err := s.Store.DeleteAccessKey(ctx, o.ID, c.ID, key, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "accesskey.delete",
		Target: "cluster/" + cluster + "/accesskey/" + key, Before: map[string]string{"id": key},
	})
	if deleted {
		s.Hub.Wake(notify.Config(c.ID))
	}
	return err
}

func checkKeyName(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "is required"
	case n > maxKeyName:
		return "must have at most 60 characters"
	}
	return ""
}
