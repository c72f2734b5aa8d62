-- name: InsertOrganization
insert into organizations (id, name, created_at) values ($1, $2, $3) on conflict (name) do nothing;

-- name: LockOrganization
-- Writing the row makes concurrent changes of its memberships wait for each other on PostgreSQL too.
update organizations set name = name where id = $1;

-- name: InsertMembership
insert into memberships (organization_id, account_id, role, created_at) values ($1, $2, $3, $4);

-- name: UpsertMembership
insert into memberships (organization_id, account_id, role, created_at) values ($1, $2, $3, $4)
on conflict (organization_id, account_id) do update set role = excluded.role;

-- name: DeleteMembership
delete from memberships where organization_id = $1 and account_id = $2;

-- name: SelectRole
select role from memberships where organization_id = $1 and account_id = $2;

-- name: CountOwners
-- Roles that groups give do not count, nor do accounts that only an identity provider lets in: both can go without a call here.
select count(*)
from memberships m join accounts a on a.id = m.account_id
where m.organization_id = $1 and m.role = 'owner' and a.password_hash <> '';

-- name: SelectOrganizationsOf
-- With a password only roles that were given by hand count; through an organization's provider its roles too, and nothing else.
-- A service account has its own one.
select o.id, o.name, o.created_at, m.role, o.sso_required,
       case when o.second_factor_required = 1 and not exists
           (select 1 from second_factors f where f.account_id = $1 and f.confirmed_at is not null) then 1 else 0 end, o.plan, o.max_key_days, o.suspended_at, o.suspension, o.deletion_asked_at,
       o.deletion_asked_by, o.delete_at, o.deletion_operation
from organizations o join memberships m on m.organization_id = o.id
where m.account_id = $1 and $2 = '' and (o.name = $3 or $3 = '') and (o.id = $4 or $4 = '')
union all
select o.id, o.name, o.created_at, m.role, o.sso_required, 0, o.plan, o.max_key_days, o.suspended_at, o.suspension, o.deletion_asked_at,
       o.deletion_asked_by, o.delete_at, o.deletion_operation
from organizations o join roles m on m.organization_id = o.id
where m.account_id = $1 and o.id = $2 and (o.name = $3 or $3 = '') and (o.id = $4 or $4 = '')
union all
select o.id, o.name, o.created_at, s.role, 0, 0, o.plan, o.max_key_days, o.suspended_at, o.suspension, o.deletion_asked_at,
       o.deletion_asked_by, o.delete_at, o.deletion_operation
from organizations o join service_accounts s on s.organization_id = o.id
where s.id = $1 and (o.name = $3 or $3 = '') and (o.id = $4 or $4 = '')
order by 2;

-- name: SelectMembers
select a.id, a.email, a.name, m.role, m.created_at, p.name,
       case when a.password_hash <> '' and not exists
           (select 1 from second_factors f where f.account_id = a.id and f.confirmed_at is not null) then 1 else 0 end
from roles m join accounts a on a.id = m.account_id left join identity_providers p on p.id = m.provider_id
where m.organization_id = $1
order by a.email;

-- name: SelectMember
select a.id, a.email, a.name, m.role, m.created_at, p.name,
       case when a.password_hash <> '' and not exists
           (select 1 from second_factors f where f.account_id = a.id and f.confirmed_at is not null) then 1 else 0 end
from roles m join accounts a on a.id = m.account_id left join identity_providers p on p.id = m.provider_id
where m.organization_id = $1 and m.account_id = $2;

-- name: SelectOrganizations
-- All that there are, or with $1 the one of that name, or with $2 the one of that id.
select o.id, o.name, o.created_at, '', o.sso_required, 0, o.plan, o.max_key_days, o.suspended_at, o.suspension, o.deletion_asked_at,
       o.deletion_asked_by, o.delete_at, o.deletion_operation
from organizations o
where o.deleted_at is null and ($1 = '' or o.name = $1) and ($2 = '' or o.id = $2)
order by o.name;

-- name: UpdateSuspension
update organizations set suspended_at = $2, suspension = $3 where id = $1;

-- name: CountOrganizationsNamed
select count(*) from organizations where name = $1 and id <> $2;

-- name: UpdateOrganizationName
update organizations set name = $2 where id = $1;

-- name: BumpRevisionsOf
update clusters set config_revision = config_revision + 1 where organization_id = $1;

-- name: SelectRules
select second_factor_required, max_key_days from organizations where id = $1;

-- name: UpdateRules
update organizations set second_factor_required = $2, max_key_days = $3 where id = $1;
