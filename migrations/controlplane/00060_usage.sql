-- +goose Up

-- What data planes have counted: the largest total that was reported for each opening of a store and day. Rows outlive
-- the cluster: they are its history.
create table usage (
    organization_id text   not null,
    cluster_id      text   not null,
    epoch           text   not null,
    day             text   not null, -- UTC, 2006-01-02
    cluster_name    text   not null,
    executions      bigint not null,
    tasks           bigint not null,
    storage         bigint not null, -- bytes
    constraint usage_pk primary key (cluster_id, epoch, day),
    constraint usage_organization_fkey foreign key (organization_id) references organizations (id)
);
create index usage_organization_idx on usage (organization_id, day);

create table quotas (
    organization_id text   not null,
    cluster_id      text   not null, -- empty: all clusters of the organization together
    metric          text   not null,
    soft            bigint not null, -- 0: none
    hard            bigint not null,
    constraint quotas_pk primary key (organization_id, cluster_id, metric),
    constraint quotas_organization_fkey foreign key (organization_id) references organizations (id),
    constraint quotas_metric_known check (metric in ('executions', 'tasks', 'storage'))
);

-- What the data plane is told of its quota, as JSON; empty: nothing.
alter table clusters add column quota text not null default '';

-- +goose Down
alter table clusters drop column quota;
drop table quotas;
drop table usage;
