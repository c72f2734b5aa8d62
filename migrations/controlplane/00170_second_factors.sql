-- +goose Up

-- What accounts with a password prove beside it: codes of an app (RFC 6238).
create table second_factors (
    account_id    text   not null,
    sealed_secret text   not null, -- encrypted with the key file of the data folder
    created_at    bigint not null,
    confirmed_at  bigint,          -- null: being set up, asked for by nobody
    last_step     bigint not null, -- the time step whose code was taken last; no code of it or before is taken again
    constraint second_factors_pk primary key (account_id),
    constraint second_factors_account_fkey foreign key (account_id) references accounts (id) on delete cascade
);

create table recovery_codes (
    account_id text not null,
    code_hash  text not null, -- hex SHA-256
    constraint recovery_codes_pk primary key (account_id, code_hash),
    constraint recovery_codes_factor_fkey foreign key (account_id) references second_factors (account_id) on delete cascade
);

alter table organizations add column second_factor_required bigint not null default 0;

-- +goose Down
alter table organizations drop column second_factor_required;
drop table recovery_codes;
drop table second_factors;
