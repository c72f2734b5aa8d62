-- +goose Up

create table identity_providers (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    state           text   not null,
    issuer          text   not null,
    client_id       text   not null,
    sealed_secret   text   not null, -- encrypted with the key file of the data folder; empty: a public client
    scopes          text   not null, -- JSON array
    claims          text   not null, -- JSON object: which claims hold e-mail, name and groups
    mapping         text   not null, -- JSON object: groups to roles
    tested          bigint not null, -- 1: a test log-in succeeded with the present settings
    last_test       text   not null, -- JSON object; null: none
    version         bigint not null, -- grows with every change of the settings
    created_at      bigint not null,
    constraint identity_providers_pk primary key (id),
    constraint identity_providers_tenant_uq unique (organization_id, id),
    constraint identity_providers_name_uq unique (organization_id, name),
    constraint identity_providers_organization_fkey foreign key (organization_id) references organizations (id),
    constraint identity_providers_state_known check (state in ('DRAFT', 'TEST', 'ACTIVE'))
);

create table email_domains (
    organization_id text   not null,
    name            text   not null,
    proof           text   not null, -- random; what the TXT record must say
    proven_at       bigint,
    checked_at      bigint,
    missing_since   bigint, -- the record of a proven domain was not found any more
    created_at      bigint not null,
    constraint email_domains_pk primary key (organization_id, name),
    constraint email_domains_organization_fkey foreign key (organization_id) references organizations (id)
);
-- Several organizations may try; one can have it.
create unique index email_domains_proven_uq on email_domains (name) where proven_at is not null;

-- Who somebody is at a provider.
create table federated_identities (
    organization_id text   not null,
    provider_id     text   not null,
    issuer          text   not null,
    subject         text   not null,
    account_id      text   not null,
    created_at      bigint not null,
    constraint federated_identities_pk primary key (provider_id, issuer, subject),
    constraint federated_identities_provider_fkey foreign key (organization_id, provider_id)
        references identity_providers (organization_id, id) on delete cascade,
    constraint federated_identities_account_fkey foreign key (account_id) references accounts (id)
);
create index federated_identities_account_idx on federated_identities (account_id);

-- Roles that groups gave at the last log-in; they stand beside those that were given by hand.
create table mapped_roles (
    organization_id text   not null,
    account_id      text   not null,
    provider_id     text   not null,
    role            text   not null,
    created_at      bigint not null,
    constraint mapped_roles_pk primary key (organization_id, account_id, provider_id),
    constraint mapped_roles_provider_fkey foreign key (organization_id, provider_id)
        references identity_providers (organization_id, id) on delete cascade,
    constraint mapped_roles_account_fkey foreign key (account_id) references accounts (id),
    constraint mapped_roles_role_known check (role in ('owner', 'member'))
);
create index mapped_roles_account_idx on mapped_roles (account_id);
create index mapped_roles_provider_idx on mapped_roles (organization_id, provider_id);

-- Log-ins that have begun.
create table sign_ins (
    organization_id text   not null,
    provider_id     text   not null,
    state_hash      text   not null, -- hex SHA-256
    browser_hash    text   not null, -- hex SHA-256 of the cookie that binds it to a browser
    version         bigint not null, -- of the provider's settings
    account_id      text   not null, -- who tests the provider; empty: a log-in
    next            text   not null, -- page to end at
    expires_at      bigint not null,
    constraint sign_ins_pk primary key (state_hash),
    constraint sign_ins_provider_fkey foreign key (organization_id, provider_id)
        references identity_providers (organization_id, id) on delete cascade
);
create index sign_ins_expiry_idx on sign_ins (expires_at);

-- Logout tokens that were taken, until they could not be taken any more.
create table logout_tokens (
    provider_id text   not null,
    id          text   not null, -- jti
    expires_at  bigint not null,
    constraint logout_tokens_pk primary key (provider_id, id),
    constraint logout_tokens_provider_fkey foreign key (provider_id) references identity_providers (id) on delete cascade
);

alter table organizations add column sso_required bigint not null default 0;

-- Null: the session was made with a password and is good in all organizations of the account.
alter table sessions add column organization_id text references organizations (id);
alter table sessions add column provider_id text references identity_providers (id) on delete cascade;
alter table sessions add column subject text not null default '';
alter table sessions add column provider_session text not null default ''; -- sid
alter table sessions add column sealed_id_token text not null default '';
alter table sessions add column address text not null default '';
alter table sessions add column agent text not null default '';
create index sessions_provider_idx on sessions (provider_id);

-- All roles, by hand or by group; the higher one counts.
create view roles as
select organization_id, account_id, case max(rank) when 2 then 'owner' else 'member' end as role,
       min(created_at) as created_at, max(provider_id) as provider_id
from (
    select organization_id, account_id, case role when 'owner' then 2 else 1 end as rank, created_at,
           cast(null as text) as provider_id
    from memberships
    union all
    select organization_id, account_id, case role when 'owner' then 2 else 1 end as rank, created_at, provider_id
    from mapped_roles
) as given
group by organization_id, account_id;

-- +goose Down
drop view roles;
drop index sessions_provider_idx;
delete from sessions where provider_id is not null;
alter table sessions drop column agent;
alter table sessions drop column address;
alter table sessions drop column sealed_id_token;
alter table sessions drop column provider_session;
alter table sessions drop column subject;
alter table sessions drop column provider_id;
alter table sessions drop column organization_id;
alter table organizations drop column sso_required;
drop table logout_tokens;
drop table sign_ins;
drop table mapped_roles;
drop table federated_identities;
drop table email_domains;
drop table identity_providers;
