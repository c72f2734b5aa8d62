-- +goose Up

create table accounts (
    id            text   not null,
    email         text   not null, -- lower case
    name          text   not null,
    password_hash text   not null, -- argon2id, PHC string
    created_at    bigint not null,
    constraint accounts_pk primary key (id),
    constraint accounts_email_uq unique (email)
);

create table sessions (
    token_hash text   not null, -- hex SHA-256 of the cookie's token
    account_id text   not null,
    created_at bigint not null,
    seen_at    bigint not null,
    expires_at bigint not null, -- absolute; the idle limit counts from seen_at
    constraint sessions_pk primary key (token_hash),
    constraint sessions_account_fkey foreign key (account_id) references accounts (id) on delete cascade
);
create index sessions_account_idx on sessions (account_id);

-- +goose Down
drop table sessions;
drop table accounts;
