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
     sealed_id_token, address, agent, proven_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: SelectSession
select s.token_hash, s.account_id, s.created_at, s.seen_at, s.expires_at, s.organization_id, s.provider_id, s.subject,
       s.provider_session, s.sealed_id_token, s.address, s.agent, s.proven_at, a.id, a.email, a.name, a.created_at
from sessions s join accounts a on a.id = s.account_id
where s.token_hash = $1;

-- name: SelectSessionsOf
select s.token_hash, s.account_id, s.created_at, s.seen_at, s.expires_at, s.organization_id, s.provider_id, s.subject,
       s.provider_session, s.sealed_id_token, s.address, s.agent, s.proven_at, a.id, a.email, a.name, a.created_at
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

-- name: SelectFactor
select f.sealed_secret, f.confirmed_at, f.last_step, (select count(*) from recovery_codes c where c.account_id = f.account_id)
from second_factors f where f.account_id = $1;

-- name: UpsertFactor
insert into second_factors (account_id, sealed_secret, created_at, last_step) values ($1, $2, $3, 0)
on conflict (account_id) do update set sealed_secret = excluded.sealed_secret, created_at = excluded.created_at
where second_factors.confirmed_at is null;

-- name: UpdateFactorConfirmed
update second_factors set confirmed_at = $3, last_step = $4 where account_id = $1 and sealed_secret = $2 and confirmed_at is null;

-- name: UpdateFactorStep
update second_factors set last_step = $2 where account_id = $1 and last_step < $2;

-- name: DeleteFactor
delete from second_factors where account_id = $1 and confirmed_at is not null;

-- name: LockFactor
update second_factors set last_step = last_step where account_id = $1 and confirmed_at is not null;

-- name: InsertRecoveryCode
insert into recovery_codes (account_id, code_hash) values ($1, $2);

-- name: DeleteRecoveryCode
delete from recovery_codes where account_id = $1 and code_hash = $2;

-- name: DeleteRecoveryCodes
delete from recovery_codes where account_id = $1;

-- name: DeletePasswordSessions
delete from sessions where account_id = $1 and organization_id is null and token_hash <> $2;
