-- +goose Up
-- Session tokens for the consoles of clusters that data planes must not take any more: of an account, or of everybody where
-- account_id is empty, those issued until a time (microseconds). A row is of no use once such tokens have ended by themselves.
create table ended_passes (
    organization_id text not null references organizations (id) on delete cascade,
    account_id text not null,
    ended_at bigint not null,
    primary key (organization_id, account_id)
);

-- +goose Down
drop table ended_passes;
