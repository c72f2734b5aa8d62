package fleet

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
)

// Place is a cluster of an organization.
type Place struct {
	Organization string // id
	Cluster      string // id
	Name         string // of the cluster
}

// target names a node of the cluster in the audit log.
func (p Place) target(node string) string { return "cluster/" + p.Name + "/node/" + node }

// Revoke ends what a node calls with. Every control plane looks it up with each call, so that the next one is refused wherever it
// arrives; what waits or runs through a tunnel ends here at once, and elsewhere within tunnelCheck. It is repeatable.
func (s *Service) Revoke(ctx context.Context, by audit.Actor, in Place, node string) error {
	err := s.Store.RevokeNode(ctx, in.Organization, in.Cluster, node, audit.Entry{
		At: s.Now(), Actor: by, Organization: in.Organization, Action: "node.revoke", Target: in.target(node),
	})
	if err == nil {
		s.Hub.Wake(notify.Config(in.Cluster), notify.Organization(in.Organization))
	}
	return err
}
