-- +goose Up

-- What has happened to clusters, for people. A thing has one id, so that it is told once however often it is reported.
create table cluster_events (
    organization_id text   not null,
    cluster_id      text   not null,
    id              text   not null,
    at              bigint not null,
    kind            text   not null,
    operation_id    text   not null, -- empty: it was none
    operation_kind  text   not null,
    node            text   not null, -- name or id; empty: it is about the cluster
    actor           text   not null, -- e-mail; empty: Podium itself
    detail          text   not null,
    constraint cluster_events_pk primary key (cluster_id, id),
    constraint cluster_events_cluster_fkey foreign key (organization_id, cluster_id)
        references clusters (organization_id, id) on delete cascade
);
create index cluster_events_at_idx on cluster_events (cluster_id, at, id);
create index cluster_events_age_idx on cluster_events (at);

-- Since when a node that should call is silent (microseconds); 0: it is not.
alter table nodes add column lost_at bigint not null default 0;

-- +goose Down
alter table nodes drop column lost_at;
drop table cluster_events;
