-- name: SelectSummaries
select execution_id, workflow_type, version, status, correlation_id, start_time, update_time, end_time, input, output, reason, event,
    failed_references, failed_tasks, priority, parent_execution_id, created_by, idempotency_key
from summaries;
