insert into node_link (name, holder) values ($1, $2)
on conflict (name) do update set holder = excluded.holder
returning sealed
