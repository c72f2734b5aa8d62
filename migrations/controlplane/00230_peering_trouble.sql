-- +goose Up

-- Why the networks of a peering that is CONNECTED do not reach each other, and since when (microseconds); empty and 0: they do.
alter table peerings add column trouble text not null default '';
alter table peerings add column degraded_at bigint not null default 0;

-- +goose Down
alter table peerings drop column degraded_at;
alter table peerings drop column trouble;
