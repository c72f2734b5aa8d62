-- +goose Up

create table signing_keys (
    id         text   not null, -- kid
    public_key text   not null, -- base64url without padding
    sealed_key text   not null, -- private key, encrypted with the key file of the data folder
    created_at bigint not null,
    constraint signing_keys_pk primary key (id)
);

create table settings (
    name  text not null,
    value text not null,
    constraint settings_pk primary key (name)
);

-- +goose Down
drop table settings;
drop table signing_keys;
