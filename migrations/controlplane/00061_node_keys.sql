-- +goose Up

-- Public keys (PEM) of a node's certificates: the present one, and the one before, until which an answer that was lost leaves
-- the node. Empty: it has none.
alter table nodes add column public_key text not null default '';
alter table nodes add column former_key text not null default '';

-- +goose Down
alter table nodes drop column former_key;
alter table nodes drop column public_key;
