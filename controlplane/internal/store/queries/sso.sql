-- name: SelectProviders
select p.organization_id, p.id, p.name, p.state, p.issuer, p.client_id, p.sealed_secret, p.scopes, p.claims, p.mapping, p.tested,
       p.last_test, p.version, p.created_at
from identity_providers p
where p.organization_id = $1 and (p.id = $2 or $2 = '')
order by p.name;

-- name: SelectProviderByID
select p.organization_id, p.id, p.name, p.state, p.issuer, p.client_id, p.sealed_secret, p.scopes, p.claims, p.mapping, p.tested,
       p.last_test, p.version, p.created_at
from identity_providers p
where p.id = $1;

-- name: SelectProvidersForDomain
select p.organization_id, p.id, p.name, p.state, p.issuer, p.client_id, p.sealed_secret, p.scopes, p.claims, p.mapping, p.tested,
       p.last_test, p.version, p.created_at
from identity_providers p join email_domains d on d.organization_id = p.organization_id
where d.name = $1 and d.proven_at is not null and p.state = 'ACTIVE'
order by p.name;

-- name: InsertProvider
insert into identity_providers
    (organization_id, id, name, state, issuer, client_id, sealed_secret, scopes, claims, mapping, tested, last_test, version, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'null', $12, $13)
on conflict (organization_id, name) do nothing;

-- name: CountProvidersNamed
select count(*) from identity_providers where organization_id = $1 and name = $2 and id <> $3;

-- name: UpdateProvider
update identity_providers
set name = $3, state = $4, issuer = $5, client_id = $6, sealed_secret = $7, scopes = $8, claims = $9, mapping = $10, tested = cast($11 as bigint),
    last_test = case when cast($11 as bigint) = 0 then 'null' else last_test end, version = cast($12 as bigint) + 1
where organization_id = $1 and id = $2 and version = $12;

-- name: UpdateProviderState
update identity_providers set state = $3 where organization_id = $1 and id = $2 and version = $4;

-- name: UpdateProviderTest
update identity_providers set tested = $4, last_test = $5 where organization_id = $1 and id = $2 and version = $3;

-- name: DeleteProvider
delete from identity_providers where organization_id = $1 and id = $2;

-- name: CountActiveProviders
select count(*) from identity_providers where organization_id = $1 and state = 'ACTIVE';

-- name: CountProvenDomains
select count(*) from email_domains where organization_id = $1 and proven_at is not null;

-- name: DeleteProviderSessions
delete from sessions where organization_id = $1 and provider_id = $2;

-- name: SelectAccountsOfSubject
select distinct account_id from sessions where organization_id = $1 and provider_id = $2
    and (subject = $3 or $3 = '') and (provider_session = $4 or $4 = '' or provider_session = '' and $3 <> '');

-- name: DeleteSessionsOfSubject
delete from sessions where organization_id = $1 and provider_id = $2
    and (subject = $3 or $3 = '') and (provider_session = $4 or $4 = '' or provider_session = '' and $3 <> '');

-- name: PauseAPIKeysOfSubject
update api_keys set paused = 1
where organization_id = $1 and federated = 1 and paused = 0
    and account_id in (select account_id from federated_identities where organization_id = $1 and provider_id = $2 and subject = $3);

-- name: SelectSSORequired
select sso_required from organizations where id = $1;

-- name: UpdateSSORequired
update organizations set sso_required = $2 where id = $1;

-- name: SelectDomains
select organization_id, name, proof, proven_at, checked_at, missing_since, created_at
from email_domains
where organization_id = $1 and (name = $2 or $2 = '')
order by name;

-- name: SelectProvenDomains
select organization_id, name, proof, proven_at, checked_at, missing_since, created_at
from email_domains
where proven_at is not null and checked_at <= $1
order by checked_at
limit 100;

-- name: InsertDomain
insert into email_domains (organization_id, name, proof, created_at) values ($1, $2, $3, $4)
on conflict (organization_id, name) do nothing;

-- name: CountDomainElsewhere
select count(*) from email_domains where name = $2 and organization_id <> $1 and proven_at is not null;

-- name: UpdateDomainChecked
update email_domains set proven_at = $3, checked_at = $4, missing_since = $5 where organization_id = $1 and name = $2;

-- name: DeleteDomain
delete from email_domains where organization_id = $1 and name = $2;

-- name: InsertSignIn
insert into sign_ins (organization_id, provider_id, state_hash, browser_hash, version, account_id, next, expires_at, fresh)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: TakeSignIn
delete from sign_ins where state_hash = $1 and browser_hash = $2
returning organization_id, provider_id, state_hash, browser_hash, version, account_id, next, expires_at, fresh;

-- name: DeleteOldSignIns
delete from sign_ins where expires_at <= $1;

-- name: SelectFederatedAccount
select account_id from federated_identities where organization_id = $1 and provider_id = $2 and issuer = $3 and subject = $4;

-- name: InsertFederatedIdentity
insert into federated_identities (organization_id, provider_id, issuer, subject, account_id, created_at)
values ($1, $2, $3, $4, $5, $6);

-- name: SelectMappedRole
select role from mapped_roles where organization_id = $1 and account_id = $2 and provider_id = $3;

-- name: UpsertMappedRole
insert into mapped_roles (organization_id, account_id, provider_id, role, created_at) values ($1, $2, $3, $4, $5)
on conflict (organization_id, account_id, provider_id) do update set role = excluded.role;

-- name: DeleteMappedRole
delete from mapped_roles where organization_id = $1 and account_id = $2 and provider_id = $3;

-- name: DeleteMappedRoles
delete from mapped_roles where organization_id = $1 and account_id = $2;

-- name: InsertLogoutToken
insert into logout_tokens (provider_id, id, expires_at) values ($1, $2, $3) on conflict (provider_id, id) do nothing;

-- name: DeleteOldLogoutTokens
delete from logout_tokens where expires_at <= $1;
