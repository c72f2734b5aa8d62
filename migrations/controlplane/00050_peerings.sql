-- +goose Up

create table peerings (
    organization_id text   not null,
    cluster_id      text   not null,
    id              text   not null,
    account         text   not null, -- the customer's, like all that follows
    network         text   not null,
    region          text   not null,
    ranges          text   not null, -- JSON: ["10.20.0.0/16"]
    zones           text   not null, -- JSON: ids
    state           text   not null,
    reason          text   not null, -- why it FAILED, or is still there although it was to be removed
    connection      text   not null, -- the cloud's id; empty until it is requested
    probes          text   not null, -- JSON: how both sides reached each other; empty until it is CONNECTED
    operation_id    text   not null, -- the operation that changed it last
    created_by      text   not null, -- e-mail
    created_at      bigint not null,
    connected_at    bigint,
    constraint peerings_pk primary key (id),
    constraint peerings_cluster_fkey foreign key (organization_id, cluster_id)
        references clusters (organization_id, id) on delete cascade,
    constraint peerings_state_known check (state in ('CONNECTING', 'CONNECTED', 'FAILED', 'REMOVING'))
);
create index peerings_cluster_idx on peerings (organization_id, cluster_id);
-- A network is connected once; after a failure it may be tried again.
create unique index peerings_network_uq on peerings (cluster_id, account, network) where state <> 'FAILED';

-- A peering waits for people, for days if need be, and keeps nothing else from the cluster meanwhile.
drop index operations_lock_uq;
create unique index operations_lock_uq on operations (cluster_id)
    where state = 'RUNNING' and kind not in ('delete-cluster', 'force-delete-cluster', 'create-peering', 'delete-peering');

-- +goose Down
drop index operations_lock_uq;
create unique index operations_lock_uq on operations (cluster_id)
    where state = 'RUNNING' and kind not in ('delete-cluster', 'force-delete-cluster');
drop table peerings;
