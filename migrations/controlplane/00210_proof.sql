-- +goose Up

-- When the person of a session has last proven who they are. An identity provider that remembers the browser signs in without
-- asking again; the time is then the one that the provider tells.
alter table sessions add column proven_at bigint not null default 0;
update sessions set proven_at = created_at;

-- 1: the provider must have asked for a proof just now.
alter table sign_ins add column fresh bigint not null default 0;

-- +goose Down
alter table sign_ins drop column fresh;
alter table sessions drop column proven_at;
