-- +goose Up

-- What the bearer of a key may do, whether it is paused, the secret before the present one while both are good, and when
-- the key was used last.
alter table access_keys add column role text not null default 'developer';
alter table access_keys add column paused bigint not null default 0;
alter table access_keys add column former_hash text not null default ''; -- hex SHA-256; empty: there is no former secret
alter table access_keys add column former_until bigint not null default 0;
alter table access_keys add column used_at bigint not null default 0; -- 0: never

-- +goose Down
alter table access_keys drop column used_at;
alter table access_keys drop column former_until;
alter table access_keys drop column former_hash;
alter table access_keys drop column paused;
alter table access_keys drop column role;
