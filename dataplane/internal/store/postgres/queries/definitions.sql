-- name: PutDefinitions
insert into definitions (kind, name, version, body)
select $1, * from unnest($2::bytea[], $3::integer[], $4::bytea[])
on conflict (kind, name, version) do update set body = excluded.body;

-- name: DeleteDefinition
delete from definitions where kind = $1 and name = $2 and version = $3;

-- name: SelectDefinitions
select body from definitions where kind = $1 order by name, version;

-- name: PutDocuments
insert into documents (kind, key, value)
select * from unnest($1::bytea[], $2::bytea[], $3::bytea[])
on conflict (kind, key) do update set value = excluded.value;

-- name: DeleteDocument
delete from documents where kind = $1 and key = $2;

-- name: SelectDocuments
select key, value from documents where kind = $1 order by key;

-- name: SelectDocumentKinds
select distinct kind from documents order by kind;
