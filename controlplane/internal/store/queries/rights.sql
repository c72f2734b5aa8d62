-- name: InsertProject
insert into projects (organization_id, id, name, is_default, created_at) values ($1, $2, $3, $4, $5)
on conflict (organization_id, name) do nothing;

-- name: SelectProjects
-- Of an organization; with $2 the one of that name, with $3 the one of that id.
select p.organization_id, p.id, p.name, p.is_default, p.created_at, (select count(*) from clusters c where c.project_id = p.id)
from projects p
where p.organization_id = $1 and ($2 = '' or p.name = $2) and ($3 = '' or p.id = $3)
order by p.is_default desc, p.name;

-- name: CountProjectsNamed
select count(*) from projects where organization_id = $1 and name = $2 and id <> $3;

-- name: UpdateProjectName
update projects set name = $3 where organization_id = $1 and id = $2;

-- name: DeleteProject
delete from projects where organization_id = $1 and id = $2 and is_default = 0;

-- name: UpdateClusterProject
update clusters set project_id = $3, version = version + 1 where organization_id = $1 and id = $2;

-- name: InsertGroup
insert into member_groups (organization_id, id, name, provider_groups, created_at) values ($1, $2, $3, $4, $5)
on conflict (organization_id, name) do nothing;

-- name: SelectGroups
select organization_id, id, name, provider_groups, created_at from member_groups
where organization_id = $1 and ($2 = '' or id = $2)
order by name;

-- name: CountGroupsNamed
select count(*) from member_groups where organization_id = $1 and name = $2 and id <> $3;

-- name: UpdateGroup
update member_groups set name = $3, provider_groups = $4 where organization_id = $1 and id = $2;

-- name: DeleteGroup
delete from member_groups where organization_id = $1 and id = $2;

-- name: SelectGroupMembers
-- Of the groups of an organization; with $2 of one of them.
select m.group_id, a.id, a.email, a.name, ''
from group_members m join accounts a on a.id = m.account_id
where m.organization_id = $1 and ($2 = '' or m.group_id = $2)
union all
select m.group_id, a.id, a.email, a.name, p.name
from mapped_group_members m join accounts a on a.id = m.account_id join identity_providers p on p.id = m.provider_id
where m.organization_id = $1 and ($2 = '' or m.group_id = $2)
order by 3, 5;

-- name: SelectGroupNames
select g.name from member_groups g join group_members m on m.organization_id = g.organization_id and m.group_id = g.id
where g.organization_id = $1 and m.account_id = $2
union
select g.name from member_groups g join mapped_group_members m on m.organization_id = g.organization_id and m.group_id = g.id
where g.organization_id = $1 and m.account_id = $2 and $3 = 1
order by 1;

-- name: InsertGroupMember
insert into group_members (organization_id, group_id, account_id, created_at) values ($1, $2, $3, $4)
on conflict (organization_id, group_id, account_id) do nothing;

-- name: DeleteGroupMember
delete from group_members where organization_id = $1 and group_id = $2 and account_id = $3;

-- name: DeleteGroupMemberships
delete from group_members where organization_id = $1 and account_id = $2;

-- name: SelectMappedGroups
select group_id from mapped_group_members where organization_id = $1 and account_id = $2 and provider_id = $3 order by 1;

-- name: InsertMappedGroupMember
insert into mapped_group_members (organization_id, group_id, account_id, provider_id, created_at) values ($1, $2, $3, $4, $5)
on conflict (organization_id, group_id, account_id, provider_id) do nothing;

-- name: DeleteMappedGroupMember
delete from mapped_group_members where organization_id = $1 and group_id = $2 and account_id = $3 and provider_id = $4;

-- name: DeleteMappedGroupMembers
delete from mapped_group_members where organization_id = $1 and group_id = $2;

-- name: DeleteMappedGroupMemberships
delete from mapped_group_members where organization_id = $1 and account_id = $2;

-- name: InsertCustomRole
insert into custom_roles (organization_id, id, name, description, permissions, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict (organization_id, name) do nothing;

-- name: SelectCustomRoles
select organization_id, id, name, description, permissions, created_at from custom_roles
where organization_id = $1 and ($2 = '' or id = $2)
order by name;

-- name: CountCustomRolesNamed
select count(*) from custom_roles where organization_id = $1 and name = $2 and id <> $3;

-- name: UpdateCustomRole
update custom_roles set name = $3, description = $4, permissions = $5 where organization_id = $1 and id = $2;

-- name: DeleteCustomRole
delete from custom_roles where organization_id = $1 and id = $2;

-- name: CountRoleUses
select (select count(*) from memberships m where m.organization_id = $1 and m.role = $2)
     + (select count(*) from invitations i where i.organization_id = $1 and i.role = $2)
     + (select count(*) from grants g where g.organization_id = $1 and g.role = $2)
     + (select count(*) from service_accounts s where s.organization_id = $1 and s.role = $2)
     + (select count(*) from api_keys k where k.organization_id = $1 and k.role = $2);

-- name: SelectGrantsOf
-- All that a principal holds: an account by its memberships, or a service account by its role; each by its own grants and by
-- those of its groups.
select m.role, '', '', r.permissions
from memberships m left join custom_roles r on r.organization_id = m.organization_id and r.id = m.role
where m.organization_id = $1 and $2 = 'user' and m.account_id = $3
union all
select role, '', '', null from mapped_roles where organization_id = $1 and $2 = 'user' and account_id = $3 and $4 = 1
union all
select g.role, g.project_id, g.cluster_id, r.permissions
from grants g left join custom_roles r on r.organization_id = g.organization_id and r.id = g.role
where g.organization_id = $1 and g.principal_kind = $2 and g.principal_id = $3
union all
select g.role, g.project_id, g.cluster_id, r.permissions
from group_members m
join grants g on g.organization_id = m.organization_id and g.principal_kind = 'group' and g.principal_id = m.group_id
left join custom_roles r on r.organization_id = g.organization_id and r.id = g.role
where m.organization_id = $1 and $2 = 'user' and m.account_id = $3
union all
select g.role, g.project_id, g.cluster_id, r.permissions
from mapped_group_members m
join grants g on g.organization_id = m.organization_id and g.principal_kind = 'group' and g.principal_id = m.group_id
left join custom_roles r on r.organization_id = g.organization_id and r.id = g.role
where m.organization_id = $1 and $2 = 'user' and m.account_id = $3 and $4 = 1
union all
select s.role, '', '', r.permissions
from service_accounts s left join custom_roles r on r.organization_id = s.organization_id and r.id = s.role
where s.organization_id = $1 and $2 = 'service-account' and s.id = $3 and s.role <> ''
union all
select g.role, g.project_id, g.cluster_id, r.permissions
from service_account_groups m
join grants g on g.organization_id = m.organization_id and g.principal_kind = 'group' and g.principal_id = m.group_id
left join custom_roles r on r.organization_id = g.organization_id and r.id = g.role
where m.organization_id = $1 and $2 = 'service-account' and m.service_account_id = $3;

-- name: InsertGrant
insert into grants (organization_id, id, principal_kind, principal_id, role, project_id, cluster_id, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (organization_id, principal_kind, principal_id, role, project_id, cluster_id) do nothing;

-- name: SelectGrants
-- Of an organization; with $2 the one of that id.
select g.organization_id, g.id, g.principal_kind, g.principal_id, coalesce(a.email, m.name, s.name, ''), g.role, coalesce(r.name, ''),
       r.permissions, g.project_id, coalesce(p.name, ''), g.cluster_id, coalesce(c.name, ''), g.created_by, g.created_at
from grants g
left join accounts a on g.principal_kind = 'user' and a.id = g.principal_id
left join member_groups m on g.principal_kind = 'group' and m.organization_id = g.organization_id and m.id = g.principal_id
left join service_accounts s on g.principal_kind = 'service-account' and s.organization_id = g.organization_id and s.id = g.principal_id
left join custom_roles r on r.organization_id = g.organization_id and r.id = g.role
left join projects p on p.organization_id = g.organization_id and p.id = g.project_id
left join clusters c on c.organization_id = g.organization_id and c.id = g.cluster_id
where g.organization_id = $1 and ($2 = '' or g.id = $2)
order by g.principal_kind, 5, g.created_at, g.id;

-- name: SelectSameGrant
select id from grants
where organization_id = $1 and principal_kind = $2 and principal_id = $3 and role = $4 and project_id = $5 and cluster_id = $6;

-- name: DeleteGrant
delete from grants where organization_id = $1 and id = $2;

-- name: DeleteGrantsOf
delete from grants where organization_id = $1 and principal_kind = $2 and principal_id = $3;

-- name: DeleteProjectGrants
delete from grants where organization_id = $1 and project_id = $2;

-- name: DeleteClusterGrants
delete from grants where organization_id = $1 and cluster_id = $2;
