-- +goose Up

-- Who lives, by heartbeats.
create table node (
    id      text primary key,
    address text not null,
    seen    timestamptz not null
);

-- What all nodes have in common; one row. The revision is raised when definitions or documents change. The secret is what
-- calls between nodes carry: whoever can read it here can read everything else too.
create table node_common (
    one      boolean primary key default true check (one),
    revision bigint not null default 0,
    secret   text not null default ''
);
insert into node_common default values;

-- +goose Down
drop table node_common;
drop table node;
