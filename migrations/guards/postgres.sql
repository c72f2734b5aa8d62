create or replace function podium_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append only', tg_table_name;
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array['audit_log', 'audit_heads'] loop
        if not exists (select from pg_trigger where tgrelid = name::regclass and tgname = 'append_only') then
            execute format('create trigger append_only before update or delete or truncate on %I '
                           'for each statement execute function podium_append_only()', name);
        end if;
    end loop;
end
$$;
