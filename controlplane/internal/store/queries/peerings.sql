-- name: InsertPeering
insert into peerings
    (organization_id, cluster_id, id, account, network, region, ranges, zones, state, reason, connection, probes,
     operation_id, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'CONNECTING', '', '', '', $9, $10, $11)
on conflict (cluster_id, account, network) where state <> 'FAILED' do nothing;

-- name: SelectPeerings
-- Of a cluster; with $3 the one of that id.
select id, cluster_id, account, network, region, ranges, zones, state, reason, connection, probes, operation_id,
       created_by, created_at, connected_at
from peerings
where organization_id = $1 and cluster_id = $2 and ($3 = '' or id = $3)
order by created_at, id;

-- name: UpdatePeeringRemoving
update peerings set state = 'REMOVING', reason = '', operation_id = $4
where organization_id = $1 and cluster_id = $2 and id = $3;

-- name: UpdatePeeringRequested
update peerings set connection = $3 where cluster_id = $1 and id = $2;

-- name: UpdatePeeringConnected
update peerings set state = 'CONNECTED', reason = '', probes = $3, connected_at = $4
where cluster_id = $1 and id = $2 and state = 'CONNECTING';

-- name: UpdatePeeringFailed
update peerings set state = 'FAILED', reason = $3 where cluster_id = $1 and id = $2 and state = 'CONNECTING';

-- name: UpdatePeeringEnded
-- What an operation that did not succeed leaves of its peering.
update peerings set
    reason = $2,
    state = case when state = 'CONNECTING' then 'FAILED' else state end
where operation_id = $1 and state in ('CONNECTING', 'REMOVING');

-- name: DeletePeering
delete from peerings where cluster_id = $1 and id = $2;
