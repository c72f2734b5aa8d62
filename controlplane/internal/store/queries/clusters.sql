-- name: InsertCluster
insert into clusters
    (organization_id, id, name, cloud, status, reason, endpoint, console, operation_id, config_revision, version, created_at,
     region, size, nodes, model, software, cidr, cloud_account_id)
values ($1, $2, $3, $4, $5, '', '', '', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
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
       c.config_revision, c.version, c.created_at, c.ready_at, n.version, n.executions, n.seen_at,
       c.region, c.size, c.nodes, c.model, c.software, c.cidr, c.paused, c.protected, c.backup_every_hours, c.backup_keep, c.backup_keep_days,
       c.fence, c.cloud_account_id, p.id, p.name
from clusters c
join organizations o on o.id = c.organization_id
join projects p on p.organization_id = c.organization_id and p.id = c.project_id
left join nodes n on n.cluster_id = c.id
    and n.id = (select l.id from nodes l where l.cluster_id = c.id order by l.seen_at desc, l.id limit 1)
where c.organization_id = $1 and ($2 = '' or c.name = $2) and ($3 = '' or c.id = $3)
order by c.name;

-- name: SelectClusterSpecs
select c.id, c.name, o.name, c.cloud, c.region, c.size, c.nodes, c.model, c.software, c.cidr, c.cloud_account_id
from clusters c join organizations o on o.id = c.organization_id order by c.created_at;

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

-- name: UpdateClusterKept
update clusters set status = 'READY', reason = '', version = version + 1 where id = $1 and status = 'DELETING';

-- name: UpdateClusterOperation
-- A creation that is asked for again, $4, begins anew; other operations are for clusters that serve or are paused.
update clusters set operation_id = $3, version = version + 1, reason = '',
    status = case when $4 then 'CREATING' else status end
where organization_id = $1 and id = $2 and (status = 'READY' and not $4 or status = 'FAILED' and $4);

-- name: UpdateClusterSpec
update clusters set region = $2, size = $3, nodes = $4, model = $5, software = $6, cidr = $7, paused = $8, version = version + 1
where id = $1;

-- name: UpdateClusterSettings
update clusters set protected = $3, backup_every_hours = $4, backup_keep = $5, backup_due = $6, backup_keep_days = $7, version = version + 1
where organization_id = $1 and id = $2;

-- name: UpdateBackupDue
update clusters set backup_due = $2 where id = $1;

-- name: SelectDueBackups
select c.organization_id, o.name, c.name, c.backup_every_hours
from clusters c join organizations o on o.id = c.organization_id
where c.backup_every_hours > 0 and c.backup_due <= $1 and c.status = 'READY' and c.paused = 0
order by c.backup_due;

-- name: UpsertBackup
insert into backups (organization_id, cluster_id, cluster_name, name, spec, scheduled, bytes, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (cluster_id, name) do update set bytes = excluded.bytes, made_at = excluded.made_at;

-- name: SelectBackups
-- Of an organization, newest first; with $2 of the cluster of that name, with $3 the one of that name.
select b.cluster_id, b.cluster_name, b.name, b.spec, b.scheduled, b.bytes, b.made_at
from backups b
where b.organization_id = $1 and ($2 = '' or b.cluster_name = $2) and ($3 = '' or b.name = $3)
order by b.made_at desc, b.name;

-- name: SelectSurplusBackups
-- Scheduled ones of clusters beyond what is kept at $1: too many, or too old with a newer one there. A day has so many microseconds.
select b.organization_id, o.name, b.cluster_name, b.name
from backups b
join organizations o on o.id = b.organization_id
join clusters c on c.id = b.cluster_id and c.status = 'READY'
where b.scheduled = 1 and (
    case when c.backup_keep_days > 0 and b.made_at < $1 - c.backup_keep_days * 86400000000 then 1 else c.backup_keep end) <= (
    select count(*) from backups l where l.cluster_id = b.cluster_id and l.scheduled = 1 and l.made_at > b.made_at)
order by b.made_at;

-- name: DeleteBackup
delete from backups where cluster_id = $1 and name = $2;

-- name: DeleteBackupKey
delete from backup_keys where cluster_id = $1 and name = $2;

-- name: InsertBackupKey
insert into backup_keys (organization_id, cluster_id, name, recipient, sealed_key, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict (cluster_id, name) do nothing;

-- name: SelectBackupKey
select organization_id, cluster_id, name, recipient, sealed_key, created_at from backup_keys where cluster_id = $1 and name = $2;

-- name: SelectSealedBackupKeys
select cluster_id, name, sealed_key from backup_keys where organization_id = $1;

-- name: UpdateSealedBackupKey
update backup_keys set sealed_key = $3 where cluster_id = $1 and name = $2;

-- name: UpdateFence
-- As the data plane says it.
update clusters set fence = $2, lift_fence = case when $2 = '' then '' else lift_fence end, version = version + 1
where id = $1 and fence <> $2;

-- name: UpdateLiftFence
update clusters set lift_fence = $3 where organization_id = $1 and id = $2;

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
values ($1, $2, $7, $3, $4, $5, $6)
on conflict (organization_id, account_id, action, idempotency_key) do nothing;

-- name: SelectIdempotencyKey
select request_hash, resource_id from idempotency_keys
where organization_id = $1 and account_id = $2 and action = $4 and idempotency_key = $3;

-- name: DeleteIdempotencyKeys
delete from idempotency_keys where created_at < $1;
