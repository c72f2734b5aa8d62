-- +goose Up

-- What a definition says of its kind, empty when it says nothing: then it is a plain workflow.
alter table summaries add column classifier bytea not null default '';

-- +goose Down
alter table summaries drop column classifier;
