-- name: InsertServiceAccount
insert into service_accounts (organization_id, id, name, description, role, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (organization_id, name) do nothing;

-- name: SelectServiceAccounts
-- Of an organization; with $2 the one of that id.
select s.organization_id, s.id, s.name, s.description, s.role, coalesce(r.name, ''), s.created_by, s.created_at
from service_accounts s
left join custom_roles r on r.organization_id = s.organization_id and r.id = s.role
where s.organization_id = $1 and ($2 = '' or s.id = $2)
order by s.name;

-- name: CountServiceAccountsNamed
select count(*) from service_accounts where organization_id = $1 and name = $2 and id <> $3;

-- name: UpdateServiceAccount
update service_accounts set name = $3, description = $4, role = $5 where organization_id = $1 and id = $2;

-- name: DeleteServiceAccount
delete from service_accounts where organization_id = $1 and id = $2;

-- name: SelectGroupServiceAccounts
-- Of the groups of an organization; with $2 of one of them.
select m.group_id, s.id, s.name
from service_account_groups m join service_accounts s on s.organization_id = m.organization_id and s.id = m.service_account_id
where m.organization_id = $1 and ($2 = '' or m.group_id = $2)
order by s.name;

-- name: InsertGroupServiceAccount
insert into service_account_groups (organization_id, group_id, service_account_id, created_at) values ($1, $2, $3, $4)
on conflict (organization_id, group_id, service_account_id) do nothing;

-- name: DeleteGroupServiceAccount
delete from service_account_groups where organization_id = $1 and group_id = $2 and service_account_id = $3;

-- name: InsertAPIKey
insert into api_keys
    (organization_id, id, account_id, service_account_id, federated, name, role, project_id, cluster_id, dangerous, secret_hash,
     former_hash, former_until, paused, created_by, created_at, expires_at, used_at, used_from)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, 0, $12, $13, $14, 0, '');

-- name: SelectAPIKey
select k.organization_id, o.name, k.id, coalesce(k.account_id, ''), coalesce(k.service_account_id, ''), coalesce(a.email, s.name, ''),
       coalesce(a.name, s.name, ''), k.federated, k.name, k.role, coalesce(r.name, ''), r.permissions, k.project_id,
       coalesce(p.name, ''), k.cluster_id, coalesce(c.name, ''), coalesce(c.project_id, ''), k.dangerous, k.secret_hash,
       k.former_hash, k.former_until, k.paused, k.created_by, k.created_at, k.expires_at, k.used_at, k.used_from
from api_keys k
join organizations o on o.id = k.organization_id
left join accounts a on a.id = k.account_id
left join service_accounts s on s.id = k.service_account_id
left join custom_roles r on r.organization_id = k.organization_id and r.id = k.role
left join projects p on p.organization_id = k.organization_id and p.id = k.project_id
left join clusters c on c.organization_id = k.organization_id and c.id = k.cluster_id
where k.id = $1;

-- name: SelectAPIKeys
-- Those in an organization, and those of an account; empty: any.
select k.organization_id, o.name, k.id, coalesce(k.account_id, ''), coalesce(k.service_account_id, ''), coalesce(a.email, s.name, ''),
       coalesce(a.name, s.name, ''), k.federated, k.name, k.role, coalesce(r.name, ''), r.permissions, k.project_id,
       coalesce(p.name, ''), k.cluster_id, coalesce(c.name, ''), coalesce(c.project_id, ''), k.dangerous, k.secret_hash,
       k.former_hash, k.former_until, k.paused, k.created_by, k.created_at, k.expires_at, k.used_at, k.used_from
from api_keys k
join organizations o on o.id = k.organization_id
left join accounts a on a.id = k.account_id
left join service_accounts s on s.id = k.service_account_id
left join custom_roles r on r.organization_id = k.organization_id and r.id = k.role
left join projects p on p.organization_id = k.organization_id and p.id = k.project_id
left join clusters c on c.organization_id = k.organization_id and c.id = k.cluster_id
where ($1 = '' or k.organization_id = $1) and ($2 = '' or k.account_id = $2)
order by k.created_at desc, k.id;

-- name: UpdateAPIKey
update api_keys set secret_hash = $3, former_hash = $4, former_until = $5, paused = $6, expires_at = $7
where organization_id = $1 and id = $2;

-- name: DeleteAPIKey
delete from api_keys where organization_id = $1 and id = $2;

-- name: DeleteAPIKeysOf
delete from api_keys where organization_id = $1 and account_id = $2;

-- name: TouchAPIKey
update api_keys set used_at = $2, used_from = $3 where id = $1;
