-- name: SelectExecutionsAfter
select e.execution_id, e.header, p.snapshot, e.input, e.variables, e.output
from executions e left join plans p on p.plan = e.plan
where e.execution_id > $1
order by e.execution_id
limit $2;

-- name: SelectTasksOf
select execution_id, seq, task_id, record, input, output from tasks where execution_id = any ($1::bytea[]) order by execution_id, seq;

-- name: SelectWorkOf
select w.execution_id, w.seq, w.body
from work w join unnest($1::bytea[], $2::smallint[]) as g(execution_id, slot) on w.slot = g.slot and w.execution_id = g.execution_id
order by w.execution_id, w.seq;

-- name: SelectSummariesOf
select execution_id, workflow_type, version, status, correlation_id, start_time, update_time, end_time, input, output, reason, event,
    failed_references, failed_tasks, priority, parent_execution_id, created_by, idempotency_key,
    classifier
from summaries where execution_id = any ($1::bytea[]);

-- name: SelectLogsOf
select t.execution_id, l.task_id, l.line
from logs l join tasks t on t.task_id = l.task_id
where t.execution_id = any ($1::bytea[])
order by l.task_id, l.created_at, l.n;

-- name: ClearAll
truncate executions, tasks, work, plans, logs, summaries, counts, definitions, documents;
