package cluster

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

const (
	// maxLinkMinutes is how long a link to a backup is good at most, linkMinutes how long when nothing is said.
	maxLinkMinutes = 24 * 60
	linkMinutes    = 60
	// linkOwner is what the token of a link is bound to.
	linkOwner = "backup_links"
)

// BackupLink lets whoever has it download a backup, until a time and without a session. The file is sealed, and the key is not
// part of it. The token is sealed with the organization's data key: when that is destroyed, links end as backups do.
type BackupLink struct {
	Token     string // letters, digits, - and _
	ExpiresAt time.Time
}

// linked is what a token says.
type linked struct {
	ClusterID string    `json:"clusterId"` // another cluster of that name may come
	Cluster   string    `json:"cluster"`
	Backup    string    `json:"backup"`
	By        string    `json:"by"` // who made the link
	Expires   time.Time `json:"expires"`
}

// LinkBackup makes a link to a copy that is good for so many minutes; 0 means an hour.
func (s *Service) LinkBackup(ctx context.Context, by audit.Actor, o tenant.Organization, name, backup string, minutes int) (BackupLink, error) {
	if minutes == 0 {
		minutes = linkMinutes
	}
	var check problem.Check
	if minutes < 1 || minutes > maxLinkMinutes {
		check.Field("minutes", "must be from 1 to 1440, which is a day")
	}
	if err := check.Err(); err != nil {
		return BackupLink{}, err
	}
	b, err := s.Store.Backup(ctx, o.ID, name, backup)
	if err != nil {
		return BackupLink{}, err
	}
	now := s.Now()
	l := linked{b.ClusterID, name, backup, by.Email, now.Add(time.Duration(minutes) * time.Minute).Truncate(time.Second)}
	text, err := json.Marshal(l)
	if err != nil {
		return BackupLink{}, err
	}
	sealed, err := s.Sealer.Seal(ctx, o.ID, linkOwner, text)
	if err != nil {
		return BackupLink{}, err
	}
	err = s.Store.Audit(ctx, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "backup.link", Target: "cluster/" + name + "/backup/" + backup,
		After: map[string]any{"expiresAt": l.Expires},
	})
	token := base64.RawURLEncoding.EncodeToString([]byte(o.ID + " " + sealed))
	return BackupLink{Token: token, ExpiresAt: l.Expires}, err
}

// OpenLinkedBackup reads the copy that a link leads to. The caller closes it.
func (s *Service) OpenLinkedBackup(ctx context.Context, by audit.Actor, token string) (io.ReadCloser, Backup, error) {
	over := problem.New(problem.NotFound, "This link does not lead to a backup, or not any more. Make another one on the page Backups of the cluster.")
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, Backup{}, over
	}
	organization, sealed, _ := strings.Cut(string(text), " ")
	plain, err := s.Sealer.Open(ctx, organization, linkOwner, sealed)
	var l linked
	if err != nil || json.Unmarshal(plain, &l) != nil || !s.Now().Before(l.Expires) {
		return nil, Backup{}, over
	}
	b, err := s.Store.Backup(ctx, organization, l.Cluster, l.Backup)
	if problem.KindOf(err) == problem.NotFound || err == nil && b.ClusterID != l.ClusterID {
		return nil, b, over
	}
	if err != nil {
		return nil, b, err
	}
	by.Email, by.Credential = l.By, "link" // of whoever made it
	return s.openBackup(ctx, by, organization, b)
}
