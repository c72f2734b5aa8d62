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

-- Row-level security. The control plane works as podium_app, which sees the rows of the organization that a transaction
-- names, or as podium_system, which sees all; neither owns a table. Every table with an organization_id gets its policies
-- here, so that none is forgotten. Who runs this is made a member of both and thereby, as podium_system, sees all rows too.
do $$
declare
    role   text;
    guarded record;
begin
    foreach role in array array['podium_app', 'podium_system'] loop
        if not exists (select from pg_roles where rolname = role) then
            begin
                execute format('create role %I nologin nosuperuser nobypassrls', role);
            exception when duplicate_object or unique_violation then
                null; -- another database of this server was faster
            end;
        end if;
        if not (select rolsuper from pg_roles where rolname = current_user)
            and not exists (select from pg_auth_members m join pg_roles r on r.oid = m.roleid
                            where r.rolname = role and m.member = (select oid from pg_roles where rolname = current_user)
                                and not m.admin_option) then
            execute format('grant %I to %I', role, current_user);
        end if;
        execute format('grant usage on schema %I to %I', current_schema(), role);
        execute format('grant select, insert, update, delete on all tables in schema %I to %I', current_schema(), role);
        execute format('revoke update, delete on audit_log, audit_heads from %I', role);
        execute format('revoke insert, update, delete on goose_db_version from %I', role);
    end loop;

    for guarded in
        select c.oid, c.relname, case c.relname when 'organizations' then 'id' else 'organization_id' end as owner
        from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
            and c.relname <> 'sessions' -- belongs to an account; the column only says where it is good
            and (c.relname = 'organizations' or exists (
                select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
    loop
        if not exists (select from pg_policy where polrelid = guarded.oid and polname = 'own_organization') then
            execute format('alter table %I enable row level security', guarded.relname);
            execute format('alter table %I force row level security', guarded.relname);
            execute format('create policy own_organization on %I to podium_app '
                           'using (%I = current_setting(''podium.organization'', true)) '
                           'with check (%I = current_setting(''podium.organization'', true))',
                           guarded.relname, guarded.owner, guarded.owner);
            execute format('create policy everywhere on %I to podium_system using (true) with check (true)', guarded.relname);
        end if;
    end loop;

    -- Or views would see with the eyes of who made them.
    for guarded in
        select relname from pg_class
        where relnamespace = current_schema()::regnamespace and relkind = 'v'
            and not coalesce('security_invoker=true' = any (reloptions), false)
    loop
        execute format('alter view %I set (security_invoker = true)', guarded.relname);
    end loop;
end
$$;

-- Counts of calls change often and are worth nothing after a crash.
do $$
begin
    if (select relpersistence from pg_class where oid = 'call_counts'::regclass) = 'p' then
        alter table call_counts set unlogged;
    end if;
end
$$;
