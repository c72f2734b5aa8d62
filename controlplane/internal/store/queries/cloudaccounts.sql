-- name: InsertCloudAccount
insert into cloud_accounts
    (organization_id, id, name, number, region, role, external_id, state, findings, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, '[]', $9, $10)
on conflict do nothing;

-- name: CountCloudAccountsNamed
select count(*) from cloud_accounts where organization_id = $1 and name = $2;

-- name: SelectCloudAccounts
-- Of an organization, by id; or, without one, by its name. With $3 the one of that id.
select a.organization_id, a.id, a.name, a.number, a.region, a.role, a.external_id, a.state, a.findings, a.checked_at, a.proven_at,
       a.created_by, a.created_at
from cloud_accounts a join organizations o on o.id = a.organization_id
where ($1 = '' or a.organization_id = $1) and ($2 = '' or o.name = $2) and ($1 <> '' or $2 <> '') and ($3 = '' or a.id = $3)
order by a.name;

-- name: SelectCloudAccountClusters
select cloud_account_id, name from clusters where organization_id = $1 and cloud_account_id <> '' order by name;

-- name: UpdateCloudAccountChecked
update cloud_accounts set state = $3, findings = $4, checked_at = $5, proven_at = $6
where organization_id = $1 and id = $2;

-- name: CountCloudAccountBackups
-- Copies that lie in the account.
select count(*) from backups where organization_id = $1 and spec like '%"account":"' || $2 || '"%';

-- name: DeleteCloudAccount
delete from cloud_accounts where organization_id = $1 and id = $2;
