-- name: InsertCommand
insert into node_commands (organization_id, cluster_id, node_id, id, kind, request_key, asked_by, asked_at, expires_at, state,
    taken_at, ended_at, reason, facts, release_wanted)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'QUEUED', 0, 0, '', '[]', $10)
on conflict (cluster_id, node_id, request_key) do nothing;

-- name: SelectCommandByRequest
select cluster_id, node_id, id, kind, asked_by, asked_at, expires_at, state, taken_at, ended_at, reason, facts, release_wanted
from node_commands where cluster_id = $1 and node_id = $2 and request_key = $3;

-- name: SelectCommands
select cluster_id, node_id, id, kind, asked_by, asked_at, expires_at, state, taken_at, ended_at, reason, facts, release_wanted
from node_commands where organization_id = $1 and cluster_id = $2 order by asked_at desc, id desc limit 100;

-- name: SelectQueuedCommands
select cluster_id, node_id, id, kind, asked_by, asked_at, expires_at, state, taken_at, ended_at, reason, facts, release_wanted
from node_commands where cluster_id = $1 and node_id = $2 and state = 'QUEUED' and expires_at > $3 order by asked_at, id;

-- name: SelectTakenCommands
select cluster_id, node_id, id, kind, asked_by, asked_at, expires_at, state, taken_at, ended_at, reason, facts, release_wanted
from node_commands where cluster_id = $1 and node_id = $2 and state = 'TAKEN' order by asked_at, id;

-- name: TakeCommand
update node_commands set state = 'TAKEN', taken_at = $4 where cluster_id = $1 and node_id = $2 and id = $3 and state = 'QUEUED';

-- name: EndCommand
update node_commands set state = $4, ended_at = $5, reason = $6, facts = $7
where cluster_id = $1 and node_id = $2 and id = $3 and state in ('QUEUED', 'TAKEN');
