-- name: InsertPeering
insert into peerings
    (organization_id, cluster_id, id, account, network, region, ranges, zones, state, reason, connection, probes,
     operation_id, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'CONNECTING', '', '', '', $9, $10, $11)
on conflict (cluster_id, account, network) where state <> 'FAILED' do nothing;

-- name: SelectPeerings
-- Of a cluster; with $3 the one of that id.
select id, cluster_id, account, network, region, ranges, zones, state, reason, connection, probes, operation_id,
       created_by, created_at, connected_at, trouble, degraded_at
from peerings
where organization_id = $1 and cluster_id = $2 and ($3 = '' or id = $3)
order by created_at, id;

-- name: UpdatePeeringRemoving
update peerings set state = 'REMOVING', reason = '', trouble = '', degraded_at = 0, operation_id = $4
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

-- name: SelectPeeringsToWatch
-- Those whose networks should reach each other: not while the cluster is paused, or something is done to it.
select p.id, p.cluster_id, p.account, p.network, p.region, p.ranges, p.zones, p.state, p.reason, p.connection, p.probes, p.operation_id,
       p.created_by, p.created_at, p.connected_at, p.trouble, p.degraded_at, p.organization_id, c.name
from peerings p join clusters c on c.id = p.cluster_id
where p.state = 'CONNECTED' and c.status = 'READY' and c.paused = 0
    and not exists (select 1 from operations o where o.cluster_id = c.id and o.state = 'RUNNING'
                    and o.kind not in ('create-peering', 'delete-peering'))
order by p.created_at, p.id;

-- name: UpdatePeeringDegraded
update peerings set trouble = $3, degraded_at = $4 where cluster_id = $1 and id = $2 and state = 'CONNECTED' and trouble = '';

-- name: UpdatePeeringTrouble
update peerings set trouble = $3 where cluster_id = $1 and id = $2 and state = 'CONNECTED' and trouble not in ('', $3);

-- name: UpdatePeeringRecovered
update peerings set trouble = '', degraded_at = 0, probes = $3
where cluster_id = $1 and id = $2 and state = 'CONNECTED' and trouble <> '';

-- name: DeletePeering
delete from peerings where cluster_id = $1 and id = $2;
