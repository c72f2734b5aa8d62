-- name: InsertClusterEvent
-- Nothing of a cluster that is gone.
insert into cluster_events (organization_id, cluster_id, id, at, kind, operation_id, operation_kind, node, actor, detail)
select organization_id, id, cast($2 as text), cast($3 as bigint), cast($4 as text), cast($5 as text), cast($6 as text),
       cast($7 as text), cast($8 as text), cast($9 as text)
from clusters where id = $1
on conflict do nothing;

-- name: SelectClusterEvents
select id, cluster_id, at, kind, operation_id, operation_kind, node, actor, detail
from cluster_events
where organization_id = $1 and cluster_id = $2 and (at < $3 or (at = $3 and id < $4))
order by at desc, id desc
limit $5;

-- name: DeleteOldClusterEvents
delete from cluster_events where at < $1;

-- name: SelectSilentNodes
-- Those that should call: not while the cluster is paused, or something is done to it.
select n.cluster_id, n.id, n.name, n.seen_at
from nodes n join clusters c on c.id = n.cluster_id
where n.seen_at < $1 and n.lost_at = 0 and n.revoked_at = 0 and c.status = 'READY' and c.paused = 0
    and not exists (select 1 from operations p where p.cluster_id = c.id and p.state = 'RUNNING'
                    and p.kind not in ('create-peering', 'delete-peering'));

-- name: UpdateNodeLost
update nodes set lost_at = $3 where cluster_id = $1 and id = $2 and seen_at = $4 and lost_at = 0;

-- name: UpdateNodeBack
update nodes set lost_at = 0 where cluster_id = $1 and id = $2 and lost_at <> 0 and revoked_at = 0;

-- name: SelectNamesakes
-- Other nodes that were the same one of the cluster before.
select id from nodes where cluster_id = $1 and name = $2 and name <> '' and id <> $3 order by id;
