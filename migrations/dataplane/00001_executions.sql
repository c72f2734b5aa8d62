-- +goose Up

-- The hot tables. The first column of each primary key is the execution, by which they can be spread over machines; nothing
-- refers from one of them to another. Ids and texts are bytea: they come from callers, and text takes neither NUL nor
-- what is no UTF-8. Bytes also sort as Go sorts strings.

create table executions (
    execution_id bytea  not null,
    revision     bigint not null, -- a step is written on top of the one before, or refused
    header       bytea  not null, -- JSON
    plan         bytea  not null, -- key of plans
    input        bytea,
    variables    bytea,
    output       bytea,
    constraint executions_pk primary key (execution_id)
) with (fillfactor = 70);

create table tasks (
    execution_id bytea   not null,
    seq          integer not null,
    task_id      bytea   not null,
    record       bytea   not null, -- JSON
    input        bytea,
    output       bytea,
    constraint tasks_pk primary key (execution_id, seq)
) with (fillfactor = 80);
create index tasks_task_idx on tasks (task_id);

-- What is outstanding. The slot has no index: rows come and go with every task, and are read as a whole only when nodes
-- come and go.
create table work (
    execution_id bytea    not null,
    seq          integer  not null, -- 0: of the execution itself
    slot         smallint not null,
    body         bytea    not null, -- JSON
    constraint work_pk primary key (execution_id, seq)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Snapshots of definitions, by hash; few, shared by executions, never changed.
create table plans (
    plan     bytea not null,
    snapshot bytea not null, -- JSON
    constraint plans_pk primary key (plan)
);

create table logs (
    task_id    bytea  not null,
    n          bigint not null generated always as identity,
    created_at bigint not null, -- epoch milliseconds
    line       bytea  not null, -- JSON
    constraint logs_pk primary key (task_id, n)
);

-- The last transaction of each writer: tells whether one whose answer was lost has been written.
create table writers (
    writer     bytea       not null,
    batch      bigint      not null,
    written_at timestamptz not null,
    constraint writers_pk primary key (writer)
) with (fillfactor = 50);

-- Fails a transaction that must not be written; the state tells why.
-- +goose StatementBegin
create function require(held boolean, state text) returns boolean language plpgsql as $$
begin
    if not held then
        raise exception 'refused' using errcode = state;
    end if;
    return true;
end $$;
-- +goose StatementEnd

-- +goose Down
drop function require(boolean, text);
drop table writers;
drop table logs;
drop table plans;
drop table work;
drop table tasks;
drop table executions;
