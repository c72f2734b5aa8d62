-- name: InsertOperation
insert into operations
    (organization_id, id, kind, state, cluster_id, cluster_name, cloud, request, cancelled_by, leftovers, reason, created_by,
     created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, '', '', '', $9, $10)
on conflict do nothing;

-- name: SelectOperation
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.request, p.cancelled_by,
       p.leftovers, p.reason, p.created_by, p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.id = $1;

-- name: SelectOperations
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.request, p.cancelled_by,
       p.leftovers, p.reason, p.created_by, p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.organization_id = $1
order by p.created_at desc, p.id desc
limit $2;

-- name: SelectRunningOperations
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.request, p.cancelled_by,
       p.leftovers, p.reason, p.created_by, p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.state = 'RUNNING'
order by p.created_at, p.id;

-- name: EndOperation
update operations set state = $2, reason = $3, ended_at = $4, leftovers = $5 where id = $1 and state = 'RUNNING';

-- name: CancelOperation
update operations set cancelled_by = $2 where id = $1 and state = 'RUNNING' and cancelled_by = '';

-- name: SelectClusterOperations
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.request, p.cancelled_by,
       p.leftovers, p.reason, p.created_by, p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.organization_id = $1 and p.cluster_id = $2
order by p.created_at desc, p.id desc
limit $3;
