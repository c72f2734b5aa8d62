-- +goose Up

alter table clusters add column region text not null default '';
alter table clusters add column size text not null default '';
alter table clusters add column nodes bigint not null default 1;
alter table clusters add column model text not null default 'managed';
alter table clusters add column software text not null default ''; -- version that is asked for; empty: the cloud's default
alter table clusters add column cidr text not null default '';
alter table clusters add column paused bigint not null default 0;
alter table clusters add column protected bigint not null default 0;
alter table clusters add column backup_every_hours bigint not null default 0; -- 0: no schedule
alter table clusters add column backup_keep bigint not null default 7;
alter table clusters add column backup_due bigint; -- of the schedule

-- Operations have more kinds and states than before, and know what was asked for.
drop index operations_organization_idx;
drop index operations_running_idx;
alter table operations rename to operations_before;
create table operations (
    organization_id text   not null,
    id              text   not null, -- also the id of the workflow execution
    kind            text   not null,
    state           text   not null,
    cluster_id      text   not null,
    cluster_name    text   not null,
    cloud           text   not null,
    request         text   not null, -- JSON of what is carried out, without secrets; empty in rows from before
    cancelled_by    text   not null, -- e-mail; empty: nobody has
    leftovers       text   not null, -- what could not be removed, as words
    reason          text   not null,
    created_by      text   not null,
    created_at      bigint not null,
    ended_at        bigint,
    constraint operations_id_pk primary key (id),
    constraint operations_owner_fkey foreign key (organization_id) references organizations (id),
    constraint operations_states_known check (state in ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'))
);
insert into operations
select organization_id, id, kind, state, cluster_id, cluster_name, cloud, '', '', '', reason, created_by, created_at, ended_at
from operations_before;
drop table operations_before;
create index operations_organization_idx on operations (organization_id, created_at);
create index operations_running_idx on operations (created_at) where state = 'RUNNING';
create index operations_cluster_idx on operations (cluster_id, created_at);
-- One at a time on a cluster. A deletion ends the others.
create unique index operations_lock_uq on operations (cluster_id)
    where state = 'RUNNING' and kind not in ('delete-cluster', 'force-delete-cluster');

-- Copies outlive their clusters.
create table backups (
    organization_id text   not null,
    cluster_id      text   not null,
    cluster_name    text   not null,
    name            text   not null,
    spec            text   not null, -- JSON of the cluster at that time
    scheduled       bigint not null,
    bytes           bigint not null,
    made_at         bigint not null,
    constraint backups_pk primary key (cluster_id, name),
    constraint backups_organization_fkey foreign key (organization_id) references organizations (id)
);
create index backups_organization_idx on backups (organization_id, made_at);

-- +goose Down
drop table backups;
drop index operations_lock_uq;
drop index operations_cluster_idx;
alter table operations drop column request;
alter table operations drop column cancelled_by;
alter table operations drop column leftovers;
alter table clusters drop column region;
alter table clusters drop column size;
alter table clusters drop column nodes;
alter table clusters drop column model;
alter table clusters drop column software;
alter table clusters drop column cidr;
alter table clusters drop column paused;
alter table clusters drop column protected;
alter table clusters drop column backup_every_hours;
alter table clusters drop column backup_keep;
alter table clusters drop column backup_due;
