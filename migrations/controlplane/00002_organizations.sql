-- +goose Up

create table organizations (
    id         text   not null,
    name       text   not null,
    created_at bigint not null,
    constraint organizations_pk primary key (id),
    constraint organizations_name_uq unique (name)
);

create table memberships (
    organization_id text   not null,
    account_id      text   not null,
    role            text   not null,
    created_at      bigint not null,
    constraint memberships_pk primary key (organization_id, account_id),
    constraint memberships_organization_fkey foreign key (organization_id) references organizations (id),
    constraint memberships_account_fkey foreign key (account_id) references accounts (id),
    constraint memberships_role_known check (role in ('owner', 'member'))
);
create index memberships_account_idx on memberships (account_id);

-- +goose Down
drop table memberships;
drop table organizations;
