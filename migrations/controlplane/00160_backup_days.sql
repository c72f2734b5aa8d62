-- +goose Up
-- Scheduled backups older than so many days go too, but for the newest one. 0: age does not matter.
alter table clusters add column backup_keep_days bigint not null default 0;

-- +goose Down
alter table clusters drop column backup_keep_days;
