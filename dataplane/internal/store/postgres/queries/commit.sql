-- The statements of one transaction that writes a batch, in their order. The parameters are one array per column.

-- name: Mark
with marked as (
    insert into writers (writer, batch, written_at) values ($1, $2, now())
    on conflict (writer) do update set batch = excluded.batch, written_at = excluded.written_at
        where writers.batch < excluded.batch
    returning 1)
select require(exists (select 1 from marked), 'PD001');

-- name: PutPlans
insert into plans (plan, snapshot)
select * from unnest($1::bytea[], $2::bytea[])
on conflict (plan) do nothing;

-- name: RemoveExecutions
delete from executions where execution_id = any ($1::bytea[]);

-- name: RemoveRows
with gone as (
    delete from tasks where execution_id = any ($1::bytea[]) returning task_id
), logged as (
    delete from logs where task_id in (select task_id from gone)
), done as (
    delete from work w
    using unnest($1::bytea[], $3::smallint[]) as g(execution_id, slot)
    where w.slot = g.slot and w.execution_id = g.execution_id
), found as (
    delete from summaries where execution_id = any ($1::bytea[]) returning status
)
insert into counts as c (shard, status, n)
select $2, status, -count(*) from found group by status
on conflict (shard, status) do update set n = c.n + excluded.n;

-- name: InsertExecutions
insert into executions (execution_id, revision, header, plan, input, variables, output)
select * from unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[]);

-- name: UpdateExecutions
with moved as (
    update executions e
    set revision = greatest(e.revision, g.revision), header = coalesce(g.header, e.header), plan = coalesce(g.plan, e.plan),
        input = coalesce(g.input, e.input), variables = coalesce(g.variables, e.variables), output = coalesce(g.output, e.output)
    from unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
        as g(execution_id, base, revision, header, plan, input, variables, output)
    where e.execution_id = g.execution_id and (g.base < 0 or e.revision = g.base)
    returning 1)
select require((select count(*) from moved) = cardinality($1), 'PD002');

-- name: DeleteTasks
delete from tasks t
using unnest($1::bytea[], $2::integer[]) as g(execution_id, seq)
where t.execution_id = g.execution_id and t.seq = g.seq;

-- name: PutTasks
insert into tasks (execution_id, seq, task_id, record, input, output)
select * from unnest($1::bytea[], $2::integer[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])
on conflict (execution_id, seq) do update
set task_id = excluded.task_id, record = excluded.record, input = excluded.input, output = excluded.output;

-- name: DeleteWork
delete from work w
using unnest($1::bytea[], $2::integer[], $3::smallint[]) as g(execution_id, seq, slot)
where w.slot = g.slot and w.execution_id = g.execution_id and w.seq = g.seq;

-- name: PutWork
insert into work (execution_id, seq, slot, body)
select * from unnest($1::bytea[], $2::integer[], $3::smallint[], $4::bytea[])
on conflict (slot, execution_id, seq) do update set body = excluded.body;

-- name: ChangeWork
update work w set body = g.body
from unnest($1::bytea[], $2::integer[], $3::smallint[], $4::bytea[]) as g(execution_id, seq, slot, body)
where w.slot = g.slot and w.execution_id = g.execution_id and w.seq = g.seq;

-- name: PutSummaries
insert into summaries (execution_id, workflow_type, version, status, correlation_id, start_time, update_time, end_time, input,
    output, reason, event, failed_references, failed_tasks, priority, parent_execution_id, created_by, idempotency_key,
    classifier, words, grams)
select execution_id, workflow_type, version, status, correlation_id, start_time, update_time, end_time, input, output, reason,
    event, failed_references::bytea[], failed_tasks::bytea[], priority, parent_execution_id, created_by, idempotency_key,
    classifier, words, grams::integer[]
from unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::text[], $14::text[], $15::bigint[], $16::bytea[],
    $17::bytea[], $18::bytea[], $19::bytea[], $20::bytea[], $21::text[])
    as g(execution_id, workflow_type, version, status, correlation_id, start_time, update_time, end_time, input, output,
        reason, event, failed_references, failed_tasks, priority, parent_execution_id, created_by, idempotency_key,
        classifier, words, grams)
on conflict (execution_id) do update
set workflow_type = excluded.workflow_type, version = excluded.version, status = excluded.status,
    correlation_id = excluded.correlation_id, start_time = excluded.start_time, update_time = excluded.update_time,
    end_time = excluded.end_time, input = excluded.input, output = excluded.output, reason = excluded.reason,
    event = excluded.event, failed_references = excluded.failed_references, failed_tasks = excluded.failed_tasks,
    priority = excluded.priority, parent_execution_id = excluded.parent_execution_id, created_by = excluded.created_by,
    idempotency_key = excluded.idempotency_key, classifier = excluded.classifier, words = excluded.words, grams = excluded.grams;

-- name: AddCounts
insert into counts as c (shard, status, n)
select $1, * from unnest($2::bytea[], $3::bigint[])
on conflict (shard, status) do update set n = c.n + excluded.n;

-- name: AddUsage
insert into usage as u (epoch, day, executions, tasks)
values ($1, $2, $3, $4)
on conflict (epoch, day) do update set executions = u.executions + excluded.executions, tasks = u.tasks + excluded.tasks;
