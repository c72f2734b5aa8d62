-- +goose Up

-- Takes the place of the unchained log, which no release has written.
drop table audit_log;

-- The last entry of each chain; its row is what writers of a chain wait for.
create table audit_chains (
    organization_id text,
    chain           text   not null, -- the organization, or the account
    sequence        bigint not null,
    hash            text   not null, -- of the entry with that sequence
    constraint audit_chains_pk primary key (chain),
    constraint audit_chains_organization_fkey foreign key (organization_id) references organizations (id)
);

-- Append only, which triggers see to.
create table audit_log (
    organization_id text, -- null: about an account
    chain           text   not null,
    sequence        bigint not null, -- from 1, without gaps
    previous_hash   text   not null, -- of the entry before; empty for the first
    hash            text   not null, -- hex SHA-256 of the entry as a line of JSON
    id              text   not null,
    at              bigint not null,
    account_id      text   not null, -- empty: Podium itself
    email           text   not null,
    address         text   not null,
    credential      text   not null,
    request_id      text   not null,
    action          text   not null,
    outcome         text   not null,
    target          text   not null,
    reason          text   not null,
    state_before    text   not null, -- JSON without secrets
    state_after     text   not null,
    constraint audit_log_pk primary key (chain, sequence),
    constraint audit_log_id_uq unique (id),
    constraint audit_log_organization_fkey foreign key (organization_id) references organizations (id),
    constraint audit_log_outcome_known check (outcome in ('done', 'refused'))
);
create index audit_log_time_idx on audit_log (chain, at);

-- Signed at times, so that a chain cannot be made up anew.
create table audit_heads (
    organization_id text,
    chain           text   not null,
    sequence        bigint not null,
    hash            text   not null,
    at              bigint not null,
    key_id          text   not null,
    signature       text   not null, -- base64
    constraint audit_heads_pk primary key (chain, sequence),
    constraint audit_heads_organization_fkey foreign key (organization_id) references organizations (id)
);

-- +goose Down
drop table audit_heads;
drop table audit_log;
drop table audit_chains;
create table audit_log (
    id              text   not null,
    organization_id text,
    at              bigint not null,
    account_id      text   not null,
    email           text   not null,
    address         text   not null,
    request_id      text   not null,
    action          text   not null,
    target          text   not null,
    state_before    text   not null,
    state_after     text   not null,
    constraint audit_log_pk primary key (id),
    constraint audit_log_organization_fkey foreign key (organization_id) references organizations (id)
);
create index audit_log_organization_idx on audit_log (organization_id, at);
