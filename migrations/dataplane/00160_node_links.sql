-- +goose Up

-- What nodes without a disk of their own remember of their control plane, sealed, by the node's name. Of two processes that run
-- under one name, as they do for a moment when a container is replaced, the later one holds it.
create table node_link (
    name   text primary key,
    holder text not null,
    sealed bytea
);

-- +goose Down
drop table node_link;
