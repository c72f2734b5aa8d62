-- +goose Up

-- Which program a node is, for what, and when its owner lets it be updated next (microseconds; 0: at any time).
alter table nodes add column program text not null default '';
alter table nodes add column platform text not null default '';
alter table nodes add column updates_from bigint not null default 0;

-- The release that an update asks for (JSON); empty: it is another command.
alter table node_commands add column release_wanted text not null default '';

-- When the present update of the nodes in a customer's network began (microseconds): what was asked of them before does not count.
alter table clusters add column update_began bigint not null default 0;

-- +goose Down
alter table clusters drop column update_began;
alter table node_commands drop column release_wanted;
alter table nodes drop column updates_from;
alter table nodes drop column platform;
alter table nodes drop column program;
