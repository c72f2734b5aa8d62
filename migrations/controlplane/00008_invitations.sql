-- +goose Up

create table invitations (
    organization_id text   not null,
    id              text   not null,
    email           text   not null, -- lower case
    role            text   not null,
    token_hash      text   not null, -- hex SHA-256
    created_by      text   not null, -- e-mail
    created_at      bigint not null,
    expires_at      bigint not null,
    constraint invitations_pk primary key (id),
    constraint invitations_token_uq unique (token_hash),
    constraint invitations_email_uq unique (organization_id, email),
    constraint invitations_organization_fkey foreign key (organization_id) references organizations (id),
    constraint invitations_role_known check (role in ('owner', 'member'))
);

-- +goose Down
drop table invitations;
