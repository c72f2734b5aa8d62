package cluster

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
	"unicode/utf8"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

const (
	secretPrefix   = "pk_" // tells a leaked secret from other strings
	defaultKeyDays = 90
	maxKeyDays     = 365
	maxKeyName     = 60
	// applyWait is how long a new key waits for the data plane to take it in; one that is connected does in milliseconds.
	applyWait = 3 * time.Second
)

// KeyInput asks for an access key.
type KeyInput struct {
	Name          string
	ExpiresInDays *int // nil means 90
}

// CreateKey makes a key and returns its secret, which is shown only here. The data plane knows the key already when it is
// connected. Every call makes another key.
func (s *Service) CreateKey(ctx context.Context, by audit.Actor, o tenant.Organization, cluster string, in KeyInput) (AccessKey, string, error) {
	days := defaultKeyDays
	if in.ExpiresInDays != nil {
		days = *in.ExpiresInDays
	}
	var check problem.Check
	check.Field("name", checkKeyName(in.Name))
	if days < 1 || days > maxKeyDays {
		check.Field("expiresInDays", "must be 1 to 365")
	}
	if err := check.Err(); err != nil {
		return AccessKey{}, "", err
	}
	c, err := s.served(ctx, o, cluster)
	if err != nil {
		return AccessKey{}, "", err
	}
	now := s.Now()
	secret, hash := newSecret()
	k := AccessKey{
		ID: id.New("key"), ClusterID: c.ID, Name: in.Name, SecretHash: hash, CreatedBy: by.Email, CreatedAt: now,
		ExpiresAt: now.AddDate(0, 0, days),
	}
	revision, err := s.Store.CreateAccessKey(ctx, o.ID, k, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "accesskey.create", Target: "cluster/" + cluster + "/accesskey/" + k.ID,
		After: map[string]string{"id": k.ID, "name": k.Name, "expiresAt": k.ExpiresAt.UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return AccessKey{}, "", err
	}
	s.Hub.Wake(notify.Config(c.ID))
	waiting, stop := context.WithTimeout(ctx, applyWait)
	defer stop()
	if !s.Fleet.AwaitApplied(waiting, c.ID, revision) {
		s.Logger.WarnContext(ctx, "access key not applied yet", "cluster", c.ID, "key", k.ID)
	}
	return k, secret, nil
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

func newSecret() (secret, hash string) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(secret))
	return secret, hex.EncodeToString(sum[:])
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
