-- name: SelectDataKeys
-- Of an organization, or of all.
select organization_id, version, key_id, wrapped, created_at from data_keys
where organization_id = $1 or $1 = ''
order by organization_id, version desc;

-- name: InsertDataKey
insert into data_keys (organization_id, version, key_id, wrapped, created_at) values ($1, $2, $3, $4, $5)
on conflict (organization_id, version) do nothing;

-- name: UpdateDataKey
update data_keys set key_id = $3, wrapped = $4 where organization_id = $1 and version = $2;

-- name: SelectSealedSecrets
select id, sealed_secret from identity_providers where organization_id = $1 and sealed_secret <> '';

-- name: UpdateSealedSecret
update identity_providers set sealed_secret = $3 where organization_id = $1 and id = $2 and sealed_secret = $4;

-- name: SelectSealedTokens
select token_hash, provider_id, sealed_id_token from sessions where organization_id = $1 and sealed_id_token <> '';

-- name: UpdateSealedToken
update sessions set sealed_id_token = $2 where token_hash = $1;

-- name: DeleteUnusedDataKeys
delete from data_keys
where exists (select 1 from data_keys n where n.organization_id = data_keys.organization_id and n.version > data_keys.version
                  and n.created_at < $1)
    and not exists (select 1 from identity_providers p where p.organization_id = data_keys.organization_id
                        and p.sealed_secret like 'v' || data_keys.version || ':%')
    and not exists (select 1 from sessions s where s.organization_id = data_keys.organization_id
                        and s.sealed_id_token like 'v' || data_keys.version || ':%')
    and not exists (select 1 from backup_keys b where b.organization_id = data_keys.organization_id
                        and b.sealed_key like 'v' || data_keys.version || ':%');

-- name: DeleteDataKeys
delete from data_keys where organization_id = $1;
