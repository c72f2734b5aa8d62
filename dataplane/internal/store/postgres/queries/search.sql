-- name: SelectSummaries
select execution_id, workflow_type, version, status, correlation_id, start_time, update_time, end_time, input, output, reason, event,
    failed_references, failed_tasks, priority, parent_execution_id, created_by, idempotency_key,
    classifier
from summaries;

-- name: SelectGramShares
select gram, share from (
    select unnest(most_common_elems::text::integer[]) as gram, unnest(most_common_elem_freqs[1:cardinality(most_common_elems::text::integer[])]) as share
    from pg_stats where schemaname = any (current_schemas(false)) and tablename = 'summaries' and attname = 'grams'
) as known where share > 0.01;
