create trigger if not exists audit_log_keeps_what_it_has before update on audit_log
begin
    select raise(abort, 'audit_log is append only');
end;

create trigger if not exists audit_log_loses_nothing before delete on audit_log
begin
    select raise(abort, 'audit_log is append only');
end;

create trigger if not exists audit_heads_keep_what_they_have before update on audit_heads
begin
    select raise(abort, 'audit_heads is append only');
end;

create trigger if not exists audit_heads_lose_nothing before delete on audit_heads
begin
    select raise(abort, 'audit_heads is append only');
end;
