-- name: CountCalls
insert into call_counts (counted, used, ends_at) values ($1, case when $2 > 0 then $2 else 0 end, $4)
on conflict (counted) do update set
    used = case when call_counts.ends_at <= $3 then excluded.used
                when call_counts.used + $2 < 0 then 0
                else call_counts.used + $2 end,
    ends_at = case when call_counts.ends_at <= $3 then excluded.ends_at else call_counts.ends_at end
returning used, ends_at;

-- name: DeleteEndedCallCounts
delete from call_counts where ends_at <= $1;
