package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/erasure"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

var _ erasure.Store = (*Store)(nil)

// erased are the statements that delete what an organization has.
var erased = []string{
	"EraseCommands", "EraseEndedPasses",
	"EraseApiKeys", "EraseServiceAccountGroups", "EraseServiceAccounts", "EraseGrants", "EraseMappedGroupMembers",
	"EraseGroupMembers", "EraseMemberGroups", "EraseInvitations", "EraseMappedRoles", "EraseFederatedIdentities",
	"EraseSignIns", "EraseSessions", "EraseIdentityProviders", "EraseEmailDomains", "EraseMemberships",
	"EraseCustomRoles", "EraseQuotas", "EraseUsage", "EraseIdempotencyKeys", "EraseCloudResources",
	"EraseClusterEvents", "EraseBackups", "EraseBackupKeys", "ErasePeerings", "EraseAccessKeys", "EraseJoinTokens", "EraseNodes", "EraseClusters",
	"EraseCloudAccounts", "EraseProjects", "EraseDataKeys", "EraseOperations",
}

// AskDeletion stores that an organization is to be deleted.
func (s *Store) AskDeletion(ctx context.Context, organization string, l tenant.Life, e audit.Entry) error {
	return s.closing(ctx, organization, e, func(tx *sql.Tx, _ tenant.Organization) error {
		protected, err := all(ctx, tx, value[string], "SelectProtectedClusters", organization)
		if err != nil {
			return err
		}
		if len(protected) > 0 {
			return problem.New(problem.Conflict, "Clusters are protected from deletion: %s. Lift the protection in their settings first.",
				strings.Join(protected, ", "))
		}
		n, err := exec(ctx, tx, "UpdateDeletionAsked", organization, micros(l.DeletionAskedAt), l.DeletionAskedBy, micros(l.DeleteAt))
		if err == nil && n == 0 {
			return problem.New(problem.Conflict, "The organization is to be deleted already.")
		}
		return err
	})
}

// KeepOrganization takes back that an organization is to be deleted.
func (s *Store) KeepOrganization(ctx context.Context, organization string, e audit.Entry) error {
	return s.closing(ctx, organization, e, func(tx *sql.Tx, _ tenant.Organization) error {
		n, err := exec(ctx, tx, "UpdateKept", organization)
		if err == nil && n == 0 {
			return problem.New(problem.Conflict, "The deletion has begun; the organization cannot be kept any more.")
		}
		return err
	})
}

// DueDeletions lists the organizations whose grace ends before a time.
func (s *Store) DueDeletions(ctx context.Context, before time.Time) ([]tenant.Organization, error) {
	return all(ctx, s.read, scanOrganization, "SelectDueDeletions", micros(before))
}

// BeginDeletion stores the operation that deletes an organization.
func (s *Store) BeginDeletion(ctx context.Context, r operation.Record, e audit.Entry) (bool, error) {
	begun := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UpdateDeletionOperation", r.OrganizationID, r.ID, micros(r.CreatedAt))
		if err != nil || n == 0 {
			return err
		}
		if err := insertOperation(ctx, tx, r); err != nil {
			return err
		}
		begun = true
		return record(ctx, tx, e)
	})
	return err == nil && begun, err
}

// Erase deletes everything of an organization but its audit log and running operations.
func (s *Store) Erase(ctx context.Context, organization string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		for _, statement := range erased {
			if _, err := exec(ctx, tx, statement, organization); err != nil {
				return err
			}
		}
		if _, err := exec(ctx, tx, "EraseAccounts"); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "BuryOrganization", organization, micros(e.At))
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}
