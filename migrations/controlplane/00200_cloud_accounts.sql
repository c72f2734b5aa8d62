-- +goose Up

-- Accounts of customers in which clusters can be made, with a role that its owner makes for us.
create table cloud_accounts (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    number          text   not null, -- 12 digits
    region          text   not null,
    role            text   not null, -- ARN
    external_id     text   not null, -- ours, of this entry alone
    state           text   not null,
    findings        text   not null, -- JSON: of the last check
    checked_at      bigint,
    proven_at       bigint,          -- when the role was first proven to be closed to others
    created_by      text   not null, -- e-mail
    created_at      bigint not null,
    constraint cloud_accounts_pk primary key (id),
    constraint cloud_accounts_organization_fkey foreign key (organization_id) references organizations (id),
    constraint cloud_accounts_name_uq unique (organization_id, name),
    constraint cloud_accounts_role_uq unique (role), -- whoever claims it: a role belongs to one organization
    constraint cloud_accounts_external_id_uq unique (external_id),
    constraint cloud_accounts_state_known check (state in ('DECLARED', 'CHECKED', 'ACTIVE'))
);

alter table clusters add column cloud_account_id text not null default ''; -- empty: an account of ours

-- +goose Down
alter table clusters drop column cloud_account_id;
drop table cloud_accounts;
