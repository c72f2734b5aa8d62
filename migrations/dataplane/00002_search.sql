-- +goose Up

-- The search rows. Times are epoch milliseconds, 0: none.
create table summaries (
    execution_id        bytea   not null,
    workflow_type       bytea   not null,
    version             bigint  not null,
    status              bytea   not null,
    correlation_id      bytea   not null,
    start_time          bigint  not null,
    update_time         bigint  not null,
    end_time            bigint  not null,
    input               bytea   not null, -- beginning of the JSON
    output              bytea   not null, -- beginning of the JSON
    reason              bytea   not null,
    event               bytea   not null,
    failed_references   bytea[] not null,
    failed_tasks        bytea[] not null,
    priority            bigint  not null,
    parent_execution_id bytea   not null,
    created_by          bytea   not null,
    idempotency_key     bytea   not null,
    words               bytea   not null, -- what free text is searched in, in lower case
    grams               integer[],        -- the runs of three bytes in words; null until the execution ends
    -- The beginnings of texts, for indexes, whose entries are bounded.
    workflow_type_start       bytea not null generated always as (substring(workflow_type from 1 for 64)) stored,
    correlation_id_start      bytea not null generated always as (substring(correlation_id from 1 for 64)) stored,
    parent_execution_id_start bytea not null generated always as (substring(parent_execution_id from 1 for 64)) stored,
    constraint summaries_pk primary key (execution_id)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

create index summaries_status_idx on summaries (status, start_time desc);
create index summaries_type_idx on summaries (workflow_type_start, start_time desc, status);
create index summaries_correlation_idx on summaries (correlation_id_start, start_time desc) where correlation_id_start <> '';
create index summaries_parent_idx on summaries (parent_execution_id_start, start_time desc) where parent_execution_id_start <> '';
create index summaries_start_idx on summaries (start_time desc);
create index summaries_update_idx on summaries (update_time);
create index summaries_end_idx on summaries (end_time) where end_time <> 0;
create index summaries_grams_idx on summaries using gin (grams) where grams is not null;
create index summaries_open_idx on summaries (start_time desc) where grams is null;

-- How many executions have a status: the sum over the shards, among which writers choose so as not to meet.
create table counts (
    shard  smallint not null,
    status bytea    not null,
    n      bigint   not null,
    constraint counts_pk primary key (shard, status)
) with (fillfactor = 50);

-- +goose Down
drop table counts;
drop table summaries;
