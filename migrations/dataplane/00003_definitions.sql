-- +goose Up

create table definitions (
    kind    text    not null,
    name    bytea   not null,
    version integer not null, -- 0 where there are none
    body    bytea   not null, -- JSON
    constraint definitions_pk primary key (kind, name, version),
    constraint definitions_kind_known check (kind in ('workflow', 'task', 'schema'))
);

create table documents (
    kind  bytea not null,
    key   bytea not null,
    value bytea not null,
    constraint documents_pk primary key (kind, key)
);

-- +goose Down
drop table documents;
drop table definitions;
