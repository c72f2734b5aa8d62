-- +goose Up
-- How many calls a caller has made in a window that ends at a time (microseconds), over all control planes on this database.
-- counted is a hash: callers are people and addresses.
create table call_counts (
    counted text primary key,
    used integer not null,
    ends_at bigint not null
);

-- +goose Down
drop table call_counts;
