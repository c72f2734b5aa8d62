-- +goose Up

create table clusters (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    cloud           text   not null,
    status          text   not null,
    reason          text   not null,
    endpoint        text   not null, -- empty until the provisioner has reserved one
    console         text   not null,
    operation_id    text   not null, -- the operation that changed it last
    config_revision bigint not null, -- of what its data plane is told
    version         bigint not null, -- grows with every change of the row
    created_at      bigint not null,
    ready_at        bigint,
    constraint clusters_pk primary key (id),
    constraint clusters_tenant_uq unique (organization_id, id),
    constraint clusters_name_uq unique (organization_id, name),
    constraint clusters_organization_fkey foreign key (organization_id) references organizations (id),
    constraint clusters_status_known check (status in ('CREATING', 'READY', 'FAILED', 'DELETING'))
);

create table access_keys (
    organization_id text   not null,
    cluster_id      text   not null,
    id              text   not null,
    name            text   not null,
    secret_hash     text   not null, -- hex SHA-256 of the secret
    created_by      text   not null,
    created_at      bigint not null,
    expires_at      bigint not null,
    constraint access_keys_pk primary key (id),
    constraint access_keys_cluster_fkey foreign key (organization_id, cluster_id)
        references clusters (organization_id, id) on delete cascade
);
create index access_keys_cluster_idx on access_keys (organization_id, cluster_id);

-- Rows outlive the cluster: they are its history.
create table operations (
    organization_id text   not null,
    id              text   not null, -- also the id of the workflow execution
    kind            text   not null,
    state           text   not null,
    cluster_id      text   not null,
    cluster_name    text   not null,
    cloud           text   not null,
    reason          text   not null,
    created_by      text   not null,
    created_at      bigint not null,
    ended_at        bigint,
    constraint operations_pk primary key (id),
    constraint operations_organization_fkey foreign key (organization_id) references organizations (id),
    constraint operations_kind_known check (kind in ('create-cluster', 'delete-cluster')),
    constraint operations_state_known check (state in ('RUNNING', 'SUCCEEDED', 'FAILED'))
);
create index operations_organization_idx on operations (organization_id, created_at);
create index operations_running_idx on operations (created_at) where state = 'RUNNING';

create table idempotency_keys (
    organization_id text   not null,
    account_id      text   not null,
    action          text   not null,
    idempotency_key text   not null,
    request_hash    text   not null,
    resource_id     text   not null,
    created_at      bigint not null,
    constraint idempotency_keys_pk primary key (organization_id, account_id, action, idempotency_key),
    constraint idempotency_keys_organization_fkey foreign key (organization_id) references organizations (id)
);

-- +goose Down
drop table idempotency_keys;
drop table operations;
drop table access_keys;
drop table clusters;
