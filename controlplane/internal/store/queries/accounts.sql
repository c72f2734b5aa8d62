-- name: InsertAccount
insert into accounts (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)
on conflict (email) do nothing;

-- name: SelectAccountByEmail
select id, email, name, created_at, password_hash from accounts where email = $1;

-- name: SelectAccount
select id, email, name, created_at from accounts where id = $1;

-- name: InsertSession
insert into sessions
    (token_hash, account_id, created_at, seen_at, expires_at, organization_id, provider_id, subject, provider_session,
     sealed_id_token, address, agent)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: SelectSession
select s.token_hash, s.account_id, s.created_at, s.seen_at, s.expires_at, s.organization_id, s.provider_id, s.subject,
       s.provider_session, s.sealed_id_token, s.address, s.agent, a.id, a.email, a.name, a.created_at
from sessions s join accounts a on a.id = s.account_id
where s.token_hash = $1;

-- name: SelectSessionsOf
select s.token_hash, s.account_id, s.created_at, s.seen_at, s.expires_at, s.organization_id, s.provider_id, s.subject,
       s.provider_session, s.sealed_id_token, s.address, s.agent, a.id, a.email, a.name, a.created_at
from sessions s join accounts a on a.id = s.account_id
where s.account_id = $1 and s.expires_at > $2 and s.seen_at > $3
order by s.seen_at desc, s.token_hash;

-- name: DeleteSessionOf
delete from sessions where account_id = $1 and token_hash = $2;

-- name: DeleteSessionsInto
delete from sessions where account_id = $2 and (organization_id is null or organization_id = $1) and token_hash <> $3;

-- name: TouchSession
update sessions set seen_at = $2 where token_hash = $1 and seen_at < $2;

-- name: DeleteSession
delete from sessions where token_hash = $1;

-- name: DeleteEndedSessions
delete from sessions where expires_at <= $1 or seen_at <= $2;

-- name: SelectSigningKeys
select id, public_key, sealed_key, created_at, signs_from from signing_keys order by created_at desc, id desc;

-- name: InsertSigningKey
insert into signing_keys (id, public_key, sealed_key, created_at, signs_from) values ($1, $2, $3, $4, $5);

-- name: InsertFirstSigningKey
insert into signing_keys (id, public_key, sealed_key, created_at)
select $1, $2, $3, cast($4 as bigint) where not exists (select 1 from signing_keys);

-- name: InsertSetting
insert into settings (name, value) values ($1, $2) on conflict (name) do nothing;

-- name: SelectSetting
select value from settings where name = $1;

-- name: UpsertSetting
insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value;
