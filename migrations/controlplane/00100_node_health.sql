-- +goose Up

-- What a node says of itself: its name among those of the cluster ('': it has none), whether it can work, for how long it has
-- run, and what it takes of its machine.
alter table nodes add column name text not null default '';
alter table nodes add column ready bigint not null default 0;
alter table nodes add column uptime_seconds bigint not null default 0;
alter table nodes add column memory_bytes bigint not null default 0;
alter table nodes add column cpu_millis bigint not null default 0; -- thousandths of a processor

-- +goose Down
alter table nodes drop column cpu_millis;
alter table nodes drop column memory_bytes;
alter table nodes drop column uptime_seconds;
alter table nodes drop column ready;
alter table nodes drop column name;
