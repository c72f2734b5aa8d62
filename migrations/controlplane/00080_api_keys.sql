-- +goose Up

-- Programs that are members of an organization.
create table service_accounts (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    description     text   not null,
    role            text   not null, -- as that of a member; empty: grants and groups only
    created_by      text   not null, -- e-mail
    created_at      bigint not null,
    constraint service_accounts_pk primary key (id),
    constraint service_accounts_tenant_uq unique (organization_id, id),
    constraint service_accounts_name_uq unique (organization_id, name),
    constraint service_accounts_organization_fkey foreign key (organization_id) references organizations (id)
);

create table service_account_groups (
    organization_id    text   not null,
    group_id           text   not null,
    service_account_id text   not null,
    created_at         bigint not null,
    constraint service_account_groups_pk primary key (organization_id, group_id, service_account_id),
    constraint service_account_groups_group_fkey foreign key (organization_id, group_id)
        references member_groups (organization_id, id) on delete cascade,
    constraint service_account_groups_account_fkey foreign key (organization_id, service_account_id)
        references service_accounts (organization_id, id) on delete cascade
);
create index service_account_groups_account_idx on service_account_groups (organization_id, service_account_id);

-- By which programs call the control plane, for a person or for a service account.
create table api_keys (
    organization_id    text   not null, -- where it is good
    id                 text   not null,
    account_id         text,            -- of a person
    service_account_id text,
    federated          bigint not null, -- 1: made in a session through the organization's identity provider
    name               text   not null,
    role               text   not null, -- that it does not do more than; empty: all that its owner may
    project_id         text   not null, -- where it is good alone; empty: not for a project
    cluster_id         text   not null,
    dangerous          bigint not null, -- 1: for what needs a fresh sign-in too
    secret_hash        text   not null, -- hex SHA-256
    former_hash        text   not null, -- of the secret before; empty: there is none
    former_until       bigint not null,
    paused             bigint not null,
    created_by         text   not null, -- e-mail
    created_at         bigint not null,
    expires_at         bigint not null,
    used_at            bigint not null, -- 0: never
    used_from          text   not null, -- network address
    constraint api_keys_pk primary key (id),
    constraint api_keys_owner check ((account_id is null) <> (service_account_id is null)),
    constraint api_keys_organization_fkey foreign key (organization_id) references organizations (id),
    constraint api_keys_account_fkey foreign key (account_id) references accounts (id),
    constraint api_keys_service_account_fkey foreign key (organization_id, service_account_id)
        references service_accounts (organization_id, id) on delete cascade
);
create index api_keys_organization_idx on api_keys (organization_id);
create index api_keys_account_idx on api_keys (account_id);
create index api_keys_service_account_idx on api_keys (organization_id, service_account_id);

-- +goose Down
drop table api_keys;
drop table service_account_groups;
drop table service_accounts;
