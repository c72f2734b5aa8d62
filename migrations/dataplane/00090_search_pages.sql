-- +goose Up

-- Pages far behind are found in the index alone, and only their rows are read.
drop index summaries_start_idx;
create index summaries_start_idx on summaries (start_time desc, execution_id);
drop index summaries_status_idx;
create index summaries_status_idx on summaries (status, start_time desc, execution_id);
drop index summaries_type_idx;
create index summaries_type_idx on summaries (workflow_type_start, start_time desc, execution_id, status);
-- Orders need all rows.
drop index summaries_end_idx;
create index summaries_end_idx on summaries (end_time);
create index summaries_status_end_idx on summaries (status, end_time desc, start_time desc, execution_id);
create index summaries_duration_idx on summaries ((case end_time when 0 then 0 else end_time - start_time end));

-- +goose Down
drop index summaries_duration_idx;
drop index summaries_status_end_idx;
drop index summaries_type_idx;
create index summaries_type_idx on summaries (workflow_type_start, start_time desc, status);
drop index summaries_end_idx;
create index summaries_end_idx on summaries (end_time) where end_time <> 0;
drop index summaries_status_idx;
create index summaries_status_idx on summaries (status, start_time desc);
drop index summaries_start_idx;
create index summaries_start_idx on summaries (start_time desc);
