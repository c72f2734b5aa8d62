-- +goose Up

-- A node that is drained hands out no tasks and begins nothing new, as it has said last.
alter table nodes add column drained int not null default 0;

-- +goose Down
alter table nodes drop column drained;
