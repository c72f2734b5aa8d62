-- name: DeleteUnusedJoinTokens
delete from join_tokens where cluster_id = $1 and node_id = '';

-- name: InsertJoinToken
insert into join_tokens (organization_id, cluster_id, token_hash, node_id, created_at, expires_at)
values ($1, $2, $3, '', $4, $5);

-- name: SelectJoinToken
select cluster_id, token_hash, node_id, created_at, expires_at from join_tokens where token_hash = $1;

-- name: UseJoinToken
update join_tokens set node_id = $2 where token_hash = $1 and node_id in ('', $2);

-- name: DeleteJoinTokens
delete from join_tokens where cluster_id = $1;

-- name: DeleteExpiredJoinTokens
delete from join_tokens where expires_at <= $1;

-- name: UpsertNode
insert into nodes
    (organization_id, cluster_id, id, link_hash, endpoint, version, applied_revision, executions, registered_at, seen_at,
     public_key, former_key, name)
values ($1, $2, $3, $4, $5, $6, 0, '{}', $7, $8, $9, '', $10)
on conflict (cluster_id, id) do update set link_hash = excluded.link_hash, endpoint = excluded.endpoint,
    version = excluded.version, applied_revision = 0, registered_at = excluded.registered_at, seen_at = excluded.seen_at,
    public_key = excluded.public_key, former_key = '', name = excluded.name, revoked_at = 0;

-- name: SelectNodeByLink
select cluster_id, id, link_hash, endpoint, version, applied_revision, executions, registered_at, seen_at,
    public_key, former_key, name, ready, uptime_seconds, memory_bytes, cpu_millis, revoked_at, commands,
    program, platform, updates_from, drained
from nodes where link_hash = $1 and revoked_at = 0;

-- name: SelectNodes
select cluster_id, id, link_hash, endpoint, version, applied_revision, executions, registered_at, seen_at,
    public_key, former_key, name, ready, uptime_seconds, memory_bytes, cpu_millis, revoked_at, commands,
    program, platform, updates_from, drained
from nodes where cluster_id = $1 order by name, id;

-- name: UpdateNode
update nodes set version = $3, applied_revision = $4, executions = $5, seen_at = $6, endpoint = $7, name = $8, ready = $9,
    uptime_seconds = $10, memory_bytes = $11, cpu_millis = $12, commands = $13, program = $14, platform = $15, updates_from = $16,
    drained = $17
where cluster_id = $1 and id = $2 and revoked_at = 0
returning organization_id;

-- name: UpdateNodeKeys
update nodes set public_key = $3, former_key = $4 where cluster_id = $1 and id = $2 and revoked_at = 0;

-- name: RevokeNode
update nodes set revoked_at = case when revoked_at = 0 then $4 else revoked_at end, public_key = '', former_key = '', ready = 0
where organization_id = $1 and cluster_id = $2 and id = $3
returning revoked_at;

-- name: DeleteNodeJoinTokens
delete from join_tokens where cluster_id = $1 and node_id = $2;

-- name: UpdateRemoteAddress
update clusters set endpoint = $2, console = $3, version = version + 1
where id = $1 and cloud = 'remote' and status in ('CREATING', 'READY') and (endpoint <> $2 or console <> $3);

-- name: DeleteNode
delete from nodes where cluster_id = $1 and id = $2;

-- name: UpdateBegan
update clusters set update_began = $2 where id = $1;

-- name: SelectUpdateBegan
select organization_id, name, update_began from clusters where id = $1;

-- name: SelectClusterOrganization
select organization_id from clusters where id = $1;

-- name: DeleteNodes
delete from nodes where cluster_id = $1;

-- name: SelectFleetConfig
select c.config_revision, c.name, c.quota, c.lift_fence, o.id, o.name, o.created_at, '', o.sso_required, 0, o.plan, o.max_key_days, o.suspended_at, o.suspension,
       o.deletion_asked_at, o.deletion_asked_by, o.delete_at, o.deletion_operation
from clusters c join organizations o on o.id = c.organization_id
where c.id = $1;

-- name: SelectFleetKeys
select id, name, secret_hash, expires_at, role, former_hash, former_until
from access_keys
where cluster_id = $1 and paused = 0
order by created_at, id;

-- name: UpsertEndedPasses
insert into ended_passes (organization_id, account_id, ended_at) values ($1, $2, $3)
on conflict (organization_id, account_id) do update set ended_at = excluded.ended_at;

-- name: SelectEndedPasses
select p.account_id, p.ended_at from ended_passes p join clusters c on c.organization_id = p.organization_id
where c.id = $1 order by p.account_id;

-- name: DeleteOldEndedPasses
delete from ended_passes where organization_id = $1 and ended_at <= $2;

-- name: SelectAuthorities
select id, sealed, issues_from, retires_at from fleet_authorities order by issues_from desc, id;

-- name: InsertFirstAuthority
insert into fleet_authorities (id, sealed, issues_from, retires_at)
select $1, $2, cast($3 as bigint), 0 where not exists (select 1 from fleet_authorities);

-- name: UpsertAuthority
insert into fleet_authorities (id, sealed, issues_from, retires_at) values ($1, $2, $3, 0)
on conflict (id) do update set issues_from = excluded.issues_from, retires_at = 0;

-- name: RetireOtherAuthorities
update fleet_authorities set
    issues_from = case when issues_from > $2 then $2 else issues_from end,
    retires_at = case when retires_at = 0 or retires_at > $3 then $3 else retires_at end
where id <> $1;

-- name: DeleteRetiredAuthorities
delete from fleet_authorities where retires_at > 0 and retires_at <= $1;
