-- +goose Up

-- Each backup is sealed to a key of its own. Rows are made before the backup is, and go with it.
create table backup_keys (
    organization_id text   not null,
    cluster_id      text   not null,
    name            text   not null, -- of the backup
    recipient       text   not null, -- public key
    sealed_key      text   not null,
    created_at      bigint not null,
    constraint backup_keys_pk primary key (cluster_id, name),
    constraint backup_keys_organization_fkey foreign key (organization_id) references organizations (id)
);

-- What the data plane says of its fence, as JSON, and the id of the one that is to be lifted; empty: none.
alter table clusters add column fence text not null default '';
alter table clusters add column lift_fence text not null default '';

-- +goose Down
alter table clusters drop column lift_fence;
alter table clusters drop column fence;
drop table backup_keys;
