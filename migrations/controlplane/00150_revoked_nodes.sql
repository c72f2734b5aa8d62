-- +goose Up

-- When somebody has taken a node's certificate and link token back (microseconds); 0: they are good.
alter table nodes add column revoked_at bigint not null default 0;

-- +goose Down
alter table nodes drop column revoked_at;
