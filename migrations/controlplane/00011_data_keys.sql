-- +goose Up

-- Keys that seal what is secret of an organization, themselves wrapped by a key that is not in the database.
create table data_keys (
    organization_id text   not null,
    version         bigint not null, -- from 1; the highest seals
    key_id          text   not null, -- of the key that wraps it
    wrapped         text   not null, -- base64
    created_at      bigint not null,
    constraint data_keys_pk primary key (organization_id, version),
    constraint data_keys_organization_fkey foreign key (organization_id) references organizations (id)
);

-- What was sealed with the key file of the installation is entered again.
update identity_providers set sealed_secret = '', state = 'DRAFT', tested = 0 where sealed_secret <> '';
update sessions set sealed_id_token = '';

-- +goose Down
drop table data_keys;
