-- name: BookUsage
insert into usage (organization_id, cluster_id, epoch, day, cluster_name, executions, tasks, storage)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (cluster_id, epoch, day) do update set cluster_name = excluded.cluster_name,
    executions = case when excluded.executions > usage.executions then excluded.executions else usage.executions end,
    tasks = case when excluded.tasks > usage.tasks then excluded.tasks else usage.tasks end,
    storage = case when excluded.storage > usage.storage then excluded.storage else usage.storage end;

-- name: SelectUsage
select cluster_id, max(cluster_name), day, cast(sum(executions) as bigint), cast(sum(tasks) as bigint), max(storage)
from usage
where organization_id = $1 and ($2 = '' or cluster_name = $2) and day >= $3 and day <= $4
group by cluster_id, day
order by day, max(cluster_name), cluster_id;

-- name: SelectQuotas
select cluster_id, metric, soft, hard from quotas where organization_id = $1 order by cluster_id, metric;

-- name: DeleteQuotas
delete from quotas where organization_id = $1;

-- name: InsertQuota
insert into quotas (organization_id, cluster_id, metric, soft, hard) values ($1, $2, $3, $4, $5);

-- name: SelectVerdicts
select id, quota from clusters where organization_id = $1 order by id;

-- name: UpdateVerdict
update clusters set quota = $2, config_revision = config_revision + 1 where id = $1;
