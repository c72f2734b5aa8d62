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
select count(*) from memberships where organization_id = $1 and role = 'owner';

-- name: SelectOrganizationsOf
select o.id, o.name, o.created_at, m.role
from organizations o join memberships m on m.organization_id = o.id
where m.account_id = $1
order by o.name;

-- name: SelectOrganizationByName
select o.id, o.name, o.created_at, m.role
from organizations o join memberships m on m.organization_id = o.id
where m.account_id = $1 and o.name = $2;

-- name: SelectOrganizationByID
select o.id, o.name, o.created_at, m.role
from organizations o join memberships m on m.organization_id = o.id
where m.account_id = $1 and o.id = $2;

-- name: SelectMembers
select a.id, a.email, a.name, m.role, m.created_at
from memberships m join accounts a on a.id = m.account_id
where m.organization_id = $1
order by a.email;

-- name: SelectMember
select a.id, a.email, a.name, m.role, m.created_at
from memberships m join accounts a on a.id = m.account_id
where m.organization_id = $1 and m.account_id = $2;
