-- +goose Up

-- Which roles there are is the program's to say: some are made by organizations. SQLite changes no constraint, so the tables
-- are made anew.
drop view roles;

alter table memberships rename to old_memberships;
create table memberships (
    organization_id text   not null,
    account_id      text   not null,
    role            text   not null, -- a built-in role, or the id of one that the organization made
    created_at      bigint not null,
    constraint memberships_key primary key (organization_id, account_id),
    constraint memberships_organization_fkey foreign key (organization_id) references organizations (id),
    constraint memberships_account_fkey foreign key (account_id) references accounts (id)
);
insert into memberships select organization_id, account_id, role, created_at from old_memberships;
drop table old_memberships;
create index memberships_account_idx on memberships (account_id);

alter table mapped_roles rename to old_mapped_roles;
create table mapped_roles (
    organization_id text   not null,
    account_id      text   not null,
    provider_id     text   not null,
    role            text   not null,
    created_at      bigint not null,
    constraint mapped_roles_key primary key (organization_id, account_id, provider_id),
    constraint mapped_roles_provider_fkey foreign key (organization_id, provider_id)
        references identity_providers (organization_id, id) on delete cascade,
    constraint mapped_roles_account_fkey foreign key (account_id) references accounts (id)
);
insert into mapped_roles select organization_id, account_id, provider_id, role, created_at from old_mapped_roles;
drop table old_mapped_roles;
create index mapped_roles_account_idx on mapped_roles (account_id);
create index mapped_roles_provider_idx on mapped_roles (organization_id, provider_id);

alter table invitations rename to old_invitations;
create table invitations (
    organization_id text   not null,
    id              text   not null,
    email           text   not null, -- lower case
    role            text   not null,
    token_hash      text   not null, -- hex SHA-256
    created_by      text   not null, -- e-mail
    created_at      bigint not null,
    expires_at      bigint not null,
    constraint invitations_key primary key (id),
    constraint invitations_token_key unique (token_hash),
    constraint invitations_email_key unique (organization_id, email),
    constraint invitations_organization_fkey foreign key (organization_id) references organizations (id)
);
insert into invitations select organization_id, id, email, role, token_hash, created_by, created_at, expires_at from old_invitations;
drop table old_invitations;

-- Of each member the highest role, by hand or by group; what they may do is given by all of them together.
create view roles as
select organization_id, account_id, role, since as created_at, by_provider as provider_id
from (
    select organization_id, account_id, role,
           row_number() over (partition by organization_id, account_id order by rank desc, role) as place,
           min(created_at) over (partition by organization_id, account_id) as since,
           max(provider_id) over (partition by organization_id, account_id) as by_provider
    from (
        select organization_id, account_id, role, created_at, cast(null as text) as provider_id,
               case role when 'owner' then 5 when 'admin' then 4 when 'member' then 3 when 'auditor' then 2 when 'billing' then 1 else 0 end as rank
        from memberships
        union all
        select organization_id, account_id, role, created_at, provider_id,
               case role when 'owner' then 5 when 'admin' then 4 when 'member' then 3 when 'auditor' then 2 when 'billing' then 1 else 0 end
        from mapped_roles
    ) as given
) as ranked
where place = 1;

-- +goose Down
delete from memberships where role not in ('owner', 'member');
delete from mapped_roles where role not in ('owner', 'member');
delete from invitations where role not in ('owner', 'member');
