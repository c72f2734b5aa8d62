-- name: InsertCluster
insert into clusters
    (organization_id, id, name, cloud, status, reason, endpoint, console, operation_id, config_revision, version, created_at)
values ($1, $2, $3, $4, $5, '', '', '', $6, $7, $8, $9)
on conflict (organization_id, name) do nothing;

-- name: UpdateNewClusterProject
-- Without a project it is the default one.
update clusters set project_id = (
    select p.id from projects p where p.organization_id = $1 and (p.id = $3 or $3 = '' and p.is_default = 1)
)
where organization_id = $1 and id = $2
    and exists (select 1 from projects p where p.organization_id = $1 and (p.id = $3 or $3 = '' and p.is_default = 1));

-- name: SelectClusterPlace
-- With $2 of the cluster of that name, with $3 of that id.
select id, project_id from clusters where organization_id = $1 and ($2 = '' or name = $2) and ($3 = '' or id = $3);

-- name: SelectClusters
-- Of an organization; with $2 the one of that name, with $3 the one of that id.
select c.id, c.organization_id, o.name, c.name, c.cloud, c.status, c.reason, c.endpoint, c.console, c.operation_id,
       c.config_revision, c.version, c.created_at, c.ready_at, n.version, n.executions, n.seen_at, p.id, p.name
from clusters c
join organizations o on o.id = c.organization_id
join projects p on p.organization_id = c.organization_id and p.id = c.project_id
left join nodes n on n.cluster_id = c.id
    and n.id = (select l.id from nodes l where l.cluster_id = c.id order by l.seen_at desc, l.id limit 1)
where c.organization_id = $1 and ($2 = '' or c.name = $2) and ($3 = '' or c.id = $3)
order by c.name;

-- name: SelectClusterSpecs
select c.id, c.name, o.name, c.cloud from clusters c join organizations o on o.id = c.organization_id order by c.created_at;

-- name: SelectClusterNames
select organization_id, name from clusters where id = $1;

-- name: UpdateClusterDeleting
update clusters set status = 'DELETING', reason = '', operation_id = $3, version = version + 1
where organization_id = $1 and id = $2 and version = $4;

-- name: UpdateClusterEndpoint
update clusters set endpoint = $2, console = $3, version = version + 1 where id = $1;

-- name: UpdateClusterReady
update clusters set status = 'READY', reason = '', ready_at = $2, version = version + 1 where id = $1 and status = 'CREATING';

-- name: UpdateClusterFailed
update clusters set status = 'FAILED', reason = $2, endpoint = '', console = '', version = version + 1
where id = $1 and status = 'CREATING';

-- name: UpdateClusterReason
update clusters set reason = $2, version = version + 1 where id = $1 and status = 'DELETING';

-- name: DeleteCluster
delete from clusters where id = $1;

-- name: BumpRevision
update clusters set config_revision = config_revision + 1 where organization_id = $1 and id = $2 and status = 'READY'
returning config_revision;

-- name: BumpRevisions
update clusters set config_revision = config_revision + 1;

-- name: InsertAccessKey
insert into access_keys (organization_id, cluster_id, id, name, secret_hash, created_by, created_at, expires_at, role)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SelectAccessKeys
select id, cluster_id, name, secret_hash, created_by, created_at, expires_at, role, paused, former_hash, former_until, used_at
from access_keys
where organization_id = $1 and cluster_id = $2
order by created_at desc, id desc;

-- name: SelectAccessKey
select id, cluster_id, name, secret_hash, created_by, created_at, expires_at, role, paused, former_hash, former_until, used_at
from access_keys
where organization_id = $1 and cluster_id = $2 and id = $3;

-- name: UpdateAccessKey
update access_keys
set secret_hash = $4, expires_at = $5, paused = $6, former_hash = $7, former_until = $8
where organization_id = $1 and cluster_id = $2 and id = $3;

-- name: UpdateAccessKeyUse
update access_keys set used_at = $3 where cluster_id = $1 and id = $2 and used_at < $3;

-- name: DeleteAccessKey
delete from access_keys where organization_id = $1 and cluster_id = $2 and id = $3;

-- name: DeleteAccessKeys
delete from access_keys where cluster_id = $1;

-- name: InsertIdempotencyKey
insert into idempotency_keys (organization_id, account_id, action, idempotency_key, request_hash, resource_id, created_at)
values ($1, $2, 'cluster.create', $3, $4, $5, $6)
on conflict (organization_id, account_id, action, idempotency_key) do nothing;

-- name: SelectIdempotencyKey
select request_hash, resource_id from idempotency_keys
where organization_id = $1 and account_id = $2 and action = 'cluster.create' and idempotency_key = $3;

-- name: DeleteIdempotencyKeys
delete from idempotency_keys where created_at < $1;
