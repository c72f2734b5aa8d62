-- +goose Up

create table custom_roles (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    description     text   not null,
    permissions     text   not null, -- JSON array
    created_at      bigint not null,
    constraint custom_roles_pk primary key (id),
    constraint custom_roles_tenant_uq unique (organization_id, id),
    constraint custom_roles_name_uq unique (organization_id, name),
    constraint custom_roles_organization_fkey foreign key (organization_id) references organizations (id)
);

create table member_groups (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    provider_groups text   not null, -- JSON array: groups of identity providers whose people are in it
    created_at      bigint not null,
    constraint member_groups_pk primary key (id),
    constraint member_groups_tenant_uq unique (organization_id, id),
    constraint member_groups_name_uq unique (organization_id, name),
    constraint member_groups_organization_fkey foreign key (organization_id) references organizations (id)
);

-- Who was put into a group by hand.
create table group_members (
    organization_id text   not null,
    group_id        text   not null,
    account_id      text   not null,
    created_at      bigint not null,
    constraint group_members_pk primary key (organization_id, group_id, account_id),
    constraint group_members_group_fkey foreign key (organization_id, group_id)
        references member_groups (organization_id, id) on delete cascade,
    constraint group_members_account_fkey foreign key (account_id) references accounts (id)
);
create index group_members_account_idx on group_members (account_id);

-- Who is in a group by what an identity provider said at the last log-in.
create table mapped_group_members (
    organization_id text   not null,
    group_id        text   not null,
    account_id      text   not null,
    provider_id     text   not null,
    created_at      bigint not null,
    constraint mapped_group_members_pk primary key (organization_id, group_id, account_id, provider_id),
    constraint mapped_group_members_group_fkey foreign key (organization_id, group_id)
        references member_groups (organization_id, id) on delete cascade,
    constraint mapped_group_members_provider_fkey foreign key (organization_id, provider_id)
        references identity_providers (organization_id, id) on delete cascade,
    constraint mapped_group_members_account_fkey foreign key (account_id) references accounts (id)
);
create index mapped_group_members_account_idx on mapped_group_members (account_id);
create index mapped_group_members_provider_idx on mapped_group_members (organization_id, provider_id);

-- Who has which role where, beside the roles of memberships.
create table grants (
    organization_id text   not null,
    id              text   not null,
    principal_kind  text   not null,
    principal_id    text   not null,
    role            text   not null, -- a built-in role, or the id of a custom one
    project_id      text   not null, -- empty: not for a project
    cluster_id      text   not null, -- empty: not for a cluster; with neither, for the whole organization
    created_by      text   not null, -- e-mail
    created_at      bigint not null,
    constraint grants_pk primary key (id),
    constraint grants_same_uq unique (organization_id, principal_kind, principal_id, role, project_id, cluster_id),
    constraint grants_organization_fkey foreign key (organization_id) references organizations (id),
    constraint grants_kind_known check (principal_kind in ('user', 'group', 'service-account'))
);
create index grants_cluster_idx on grants (organization_id, cluster_id);

-- +goose Down
drop table grants;
drop table mapped_group_members;
drop table group_members;
drop table member_groups;
drop table custom_roles;
