-- +goose Up

-- What a node carries out, as it has said last: kinds of commands with commas between them.
alter table nodes add column commands text not null default '';

create table node_commands (
    organization_id text   not null,
    cluster_id      text   not null,
    node_id         text   not null,
    id              text   not null,
    kind            text   not null,
    request_key     text   not null, -- of who asked, so that repeating it asks once
    asked_by        text   not null, -- e-mail or name
    asked_at        bigint not null,
    expires_at      bigint not null, -- it is not handed out after that
    state           text   not null, -- QUEUED, TAKEN, DONE, FAILED or REFUSED
    taken_at        bigint not null, -- 0: the node does not have it
    ended_at        bigint not null, -- 0: it has not ended
    reason          text   not null,
    facts           text   not null, -- JSON: [{"name": "", "value": ""}]
    constraint node_commands_pk primary key (cluster_id, id),
    constraint node_commands_request_uq unique (cluster_id, node_id, request_key),
    constraint node_commands_cluster_fkey foreign key (organization_id, cluster_id)
        references clusters (organization_id, id) on delete cascade
);

-- +goose Down
drop table node_commands;
alter table nodes drop column commands;
