-- Everything that an organization has, in the order that references allow. A test compares this with the tables that there are.

-- name: EraseCommands
delete from node_commands where organization_id = $1;

-- name: EraseEndedPasses
delete from ended_passes where organization_id = $1;

-- name: EraseApiKeys
delete from api_keys where organization_id = $1;

-- name: EraseServiceAccountGroups
delete from service_account_groups where organization_id = $1;

-- name: EraseServiceAccounts
delete from service_accounts where organization_id = $1;

-- name: EraseGrants
delete from grants where organization_id = $1;

-- name: EraseMappedGroupMembers
delete from mapped_group_members where organization_id = $1;

-- name: EraseGroupMembers
delete from group_members where organization_id = $1;

-- name: EraseMemberGroups
delete from member_groups where organization_id = $1;

-- name: EraseLetters
delete from letters where organization_id = $1;

-- name: EraseInvitations
delete from invitations where organization_id = $1;

-- name: EraseMappedRoles
delete from mapped_roles where organization_id = $1;

-- name: EraseFederatedIdentities
delete from federated_identities where organization_id = $1;

-- name: EraseSignIns
delete from sign_ins where organization_id = $1;

-- name: EraseSessions
delete from sessions where organization_id = $1;

-- name: EraseIdentityProviders
delete from identity_providers where organization_id = $1;

-- name: EraseEmailDomains
delete from email_domains where organization_id = $1;

-- name: EraseMemberships
delete from memberships where organization_id = $1;

-- name: EraseCustomRoles
delete from custom_roles where organization_id = $1;

-- name: EraseQuotas
delete from quotas where organization_id = $1;

-- name: EraseUsage
delete from usage where organization_id = $1;

-- name: EraseIdempotencyKeys
delete from idempotency_keys where organization_id = $1;

-- name: EraseCloudResources
delete from cloud_resources where organization_id = $1;

-- name: EraseClusterEvents
delete from cluster_events where organization_id = $1;

-- name: EraseBackups
delete from backups where organization_id = $1;

-- name: EraseBackupKeys
delete from backup_keys where organization_id = $1;

-- name: ErasePeerings
delete from peerings where organization_id = $1;

-- name: EraseAccessKeys
delete from access_keys where organization_id = $1;

-- name: EraseJoinTokens
delete from join_tokens where organization_id = $1;

-- name: EraseNodes
delete from nodes where organization_id = $1;

-- name: EraseClusters
delete from clusters where organization_id = $1;

-- name: EraseCloudAccounts
delete from cloud_accounts where organization_id = $1;

-- name: EraseProjects
delete from projects where organization_id = $1;

-- name: EraseDataKeys
delete from data_keys where organization_id = $1;

-- name: EraseOperations
-- The one that does it stays.
delete from operations where organization_id = $1 and state <> 'RUNNING';

-- name: EraseAccounts
-- Those that an identity provider of the organization alone let in: nobody can sign in to them any more.
delete from accounts
where password_hash = '' and not exists (select 1 from memberships m where m.account_id = accounts.id)
    and not exists (select 1 from mapped_roles m where m.account_id = accounts.id)
    and not exists (select 1 from federated_identities f where f.account_id = accounts.id)
    and not exists (select 1 from group_members g where g.account_id = accounts.id)
    and not exists (select 1 from mapped_group_members g where g.account_id = accounts.id);

-- name: BuryOrganization
-- What the audit log belongs to. The name is free again.
update organizations set name = id, deleted_at = $2, deletion_asked_by = '', suspension = '', plan = ''
where id = $1 and deleted_at is null;

-- name: UpdateDeletionAsked
update organizations set deletion_asked_at = $2, deletion_asked_by = $3, delete_at = $4
where id = $1 and deletion_asked_at is null;

-- name: UpdateKept
update organizations set deletion_asked_at = null, deletion_asked_by = '', delete_at = null where id = $1 and deletion_operation = '';

-- name: SelectProtectedClusters
select name from clusters where organization_id = $1 and protected = 1 order by name;

-- name: SelectDueDeletions
select o.id, o.name, o.created_at, '', o.sso_required, 0, o.plan, o.max_key_days, o.suspended_at, o.suspension, o.deletion_asked_at,
       o.deletion_asked_by, o.delete_at, o.deletion_operation
from organizations o
where o.deleted_at is null and o.suspended_at is null and o.delete_at <= $1
    and not exists (select 1 from operations p where p.id = o.deletion_operation and p.state = 'RUNNING')
order by o.delete_at, o.id;

-- name: UpdateDeletionOperation
update organizations set deletion_operation = $2
where id = $1 and deleted_at is null and suspended_at is null and delete_at <= $3;
