-- +goose Up

-- The longest life of keys that are made or renewed, in days; 0: the organization sets none.
alter table organizations add column max_key_days bigint not null default 0;

-- +goose Down
alter table organizations drop column max_key_days;
