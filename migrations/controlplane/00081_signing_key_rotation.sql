-- +goose Up

-- A key is told to data planes before it signs.
alter table signing_keys add column signs_from bigint not null default 0;

-- +goose Down
alter table signing_keys drop column signs_from;
