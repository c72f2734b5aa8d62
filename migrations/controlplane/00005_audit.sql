-- +goose Up

-- Append only.
create table audit_log (
    id              text   not null,
    organization_id text, -- null: about an account
    at              bigint not null,
    account_id      text   not null, -- empty: Podium itself
    email           text   not null,
    address         text   not null,
    request_id      text   not null,
    action          text   not null,
    target          text   not null,
    state_before    text   not null, -- JSON without secrets
    state_after     text   not null,
    constraint audit_log_pk primary key (id),
    constraint audit_log_organization_fkey foreign key (organization_id) references organizations (id)
);
create index audit_log_organization_idx on audit_log (organization_id, at);

-- +goose Down
drop table audit_log;
