-- $1 id, $2 address, $3 how long a silent node counts as live
with beat as (
    insert into node (id, address, seen) values ($1, $2, now())
    on conflict (id) do update set address = excluded.address, seen = excluded.seen
    returning id, address
), gone as (
    delete from node where seen < now() - interval '1 minute' and id <> $1
), live as (
    select id, address from beat
    union all
    select id, address from node where id <> $1 and seen >= now() - $3::interval
)
select live.id, live.address, node_common.revision from live, node_common
