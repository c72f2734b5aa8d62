-- name: InsertOperation
insert into operations
    (organization_id, id, kind, state, cluster_id, cluster_name, cloud, reason, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, '', $8, $9);

-- name: SelectOperation
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.reason, p.created_by,
       p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.id = $1;

-- name: SelectOperations
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.reason, p.created_by,
       p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.organization_id = $1
order by p.created_at desc, p.id desc
limit $2;

-- name: SelectRunningOperations
select p.id, p.organization_id, o.name, p.kind, p.state, p.cluster_id, p.cluster_name, p.cloud, p.reason, p.created_by,
       p.created_at, p.ended_at
from operations p join organizations o on o.id = p.organization_id
where p.state = 'RUNNING'
order by p.created_at, p.id;

-- name: EndOperation
update operations set state = $2, reason = $3, ended_at = $4 where id = $1 and state = 'RUNNING';
