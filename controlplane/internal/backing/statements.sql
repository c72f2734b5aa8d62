-- Names cannot be parameters of these: {1}, {2} and so on stand for quoted names, {'3} for a quoted text.

-- name: RoleExists
select exists (select from pg_roles where rolname = $1);

-- name: DatabaseExists
select exists (select from pg_database where datname = $1);

-- name: CreateRole
create role {1} nologin;

-- name: JoinRole
grant {1} to current_user;

-- name: CreateLogin
create role {1} nologin in role {2};

-- name: AlterLogin
alter role {1} with login password {'3}; alter role {1} set role to {2};

-- name: CreateDatabase
create database {1} owner {1} template template0;

-- name: CloseDatabase
revoke all on database {1} from public;

-- name: CloseLogin
alter role {1} nologin;

-- name: EndSessions
select pg_terminate_backend(pid) from pg_stat_activity where usename = $1;

-- name: DropDatabase
drop database if exists {1} with (force);

-- name: DropRole
drop role if exists {1};

-- name: List
select 'database' as kind, datname::text as name from pg_database where starts_with(datname, $1)
union all
select 'role', rolname::text from pg_roles where starts_with(rolname, $1)
order by 1, 2;
