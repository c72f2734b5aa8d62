-- +goose Up

-- What an organization may have, and how its life goes: suspended by the operator, about to be deleted by its owners, deleted.
alter table organizations add column plan text not null default ''; -- empty: the installation's default
alter table organizations add column suspended_at bigint;
alter table organizations add column suspension text not null default ''; -- why
alter table organizations add column deletion_asked_at bigint;
alter table organizations add column deletion_asked_by text not null default ''; -- e-mail
alter table organizations add column delete_at bigint; -- end of the grace
alter table organizations add column deletion_operation text not null default ''; -- empty: still in grace
alter table organizations add column deleted_at bigint; -- a tombstone: only the audit log is left

-- +goose Down
alter table organizations drop column deleted_at;
alter table organizations drop column deletion_operation;
alter table organizations drop column delete_at;
alter table organizations drop column deletion_asked_by;
alter table organizations drop column deletion_asked_at;
alter table organizations drop column suspension;
alter table organizations drop column suspended_at;
alter table organizations drop column plan;
