-- name: SelectCloudResources
select role, kind, native_id, token, asked_at, settled from cloud_resources where cluster_id = $1;

-- name: UpsertCloudResource
insert into cloud_resources (organization_id, cluster_id, role, kind, native_id, token, asked_at, settled)
select organization_id, id, $2, $3, $4, $5, $6, $7 from clusters where id = $1
on conflict (cluster_id, role) do update set kind = excluded.kind, native_id = excluded.native_id, token = excluded.token,
    asked_at = excluded.asked_at, settled = excluded.settled;

-- name: DeleteCloudResource
delete from cloud_resources where cluster_id = $1 and role = $2;
