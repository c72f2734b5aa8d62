-- +goose Up

-- What came to the data plane, as each opening of the store by a node has counted it.
create table usage (
    epoch      bytea  not null, -- the writer's id
    day        bigint not null, -- since 1970-01-01, UTC
    executions bigint not null default 0, -- that began
    tasks      bigint not null default 0, -- that came to be
    storage    bigint not null default 0, -- the most bytes that were measured
    constraint usage_pk primary key (epoch, day)
);

-- +goose Down
drop table usage;
