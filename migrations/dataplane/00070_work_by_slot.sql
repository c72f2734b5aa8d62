-- +goose Up

-- A node that takes slots over reads what is outstanding in them by the one index that the table has.
alter table work drop constraint work_pk;
alter table work add constraint work_pk primary key (slot, execution_id, seq);

-- +goose Down
alter table work drop constraint work_pk;
alter table work add constraint work_pk primary key (execution_id, seq);
