-- +goose Up

-- What was made of a cluster in a cloud that gives things ids of its own. It is written before the thing is made, and again
-- with its id.
create table cloud_resources (
    organization_id text   not null,
    cluster_id      text   not null,
    role            text   not null, -- within the cluster
    kind            text   not null,
    native_id       text   not null, -- empty: whether it was made is not known
    token           text   not null, -- by which the cloud recognizes a repeated request
    asked_at        bigint not null, -- microseconds; 0: it was refused
    settled         text   not null, -- fingerprint of the settings that it was last brought to
    constraint cloud_resources_pk primary key (cluster_id, role),
    constraint cloud_resources_organization_fkey foreign key (organization_id) references organizations (id)
);

-- +goose Down
drop table cloud_resources;
