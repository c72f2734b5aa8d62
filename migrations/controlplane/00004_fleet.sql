-- +goose Up

create table join_tokens (
    organization_id text   not null,
    cluster_id      text   not null,
    token_hash      text   not null, -- hex SHA-256
    node_id         text   not null, -- who used it, empty while nobody has
    created_at      bigint not null,
    expires_at      bigint not null,
    constraint join_tokens_pk primary key (token_hash),
    constraint join_tokens_cluster_fkey foreign key (organization_id, cluster_id)
        references clusters (organization_id, id) on delete cascade
);
create index join_tokens_cluster_idx on join_tokens (organization_id, cluster_id);

create table nodes (
    organization_id  text   not null,
    cluster_id       text   not null,
    id               text   not null,
    link_hash        text   not null, -- hex SHA-256 of its link token
    endpoint         text   not null,
    version          text   not null, -- of its software
    applied_revision bigint not null,
    executions       text   not null, -- JSON object: count by status
    registered_at    bigint not null,
    seen_at          bigint not null,
    constraint nodes_pk primary key (cluster_id, id),
    constraint nodes_link_uq unique (link_hash),
    constraint nodes_cluster_fkey foreign key (organization_id, cluster_id)
        references clusters (organization_id, id) on delete cascade
);

-- +goose Down
drop table nodes;
drop table join_tokens;
