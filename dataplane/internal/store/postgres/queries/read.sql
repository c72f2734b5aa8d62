-- name: SelectRevisions
select execution_id, revision from executions where execution_id = any ($1::bytea[]);

-- name: SelectExecution
select e.header, e.input, e.variables, e.output, e.plan, p.snapshot
from executions e left join plans p on p.plan = e.plan
where e.execution_id = $1;

-- name: SelectTasks
select seq, record, input, output from tasks where execution_id = $1 order by seq;

-- name: SelectWork
select seq, body from work where slot = $2 and execution_id = $1;

-- name: SelectTask
select execution_id, seq from tasks where task_id = $1;

-- name: SelectOutstanding
select execution_id, seq, body from work;

-- name: SelectOutstandingIn
select execution_id, seq, body from work where slot = any ($1::smallint[]);

-- name: SelectCounts
select status, sum(n)::bigint from counts group by status having sum(n) <> 0;

-- name: InsertLogs
insert into logs (task_id, created_at, line)
select $1, created_at, line from unnest($2::bigint[], $3::bytea[]) with ordinality as g(created_at, line, n) order by n;

-- name: SelectLogs
select line from logs where task_id = $1 order by created_at, n;

-- name: ForgetWriter
delete from writers where writer = $1;

-- name: ForgetOldWriters
delete from writers where written_at < now() - interval '30 days';

-- name: PrepareWriter
set plan_cache_mode = force_generic_plan;
set enable_seqscan = off;
set enable_hashjoin = off;
set enable_mergejoin = off;
set jit = off;

-- name: BeginRead
begin transaction isolation level repeatable read, read only;

-- name: EndRead
commit;

-- name: SelectUsage
select epoch, day, executions, tasks, storage from usage order by day, epoch;

-- name: MeasureUsage
insert into usage as u (epoch, day, storage)
select $1, $2, $3 + coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
from pg_class c
where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
on conflict (epoch, day) do update set storage = greatest(u.storage, excluded.storage);

-- name: ForgetOldUsage
delete from usage where day < $1;
