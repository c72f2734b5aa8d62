-- +goose Up
-- The authorities that sign certificates of data planes: sealed keys with their certificates, from when they issue and, unless 0,
-- from when they are trusted no more (microseconds).
create table fleet_authorities (
    id text primary key,
    sealed text not null,
    issues_from bigint not null,
    retires_at bigint not null
);
insert into fleet_authorities (id, sealed, issues_from, retires_at)
select 'ca_first', value, 0, 0 from settings where name = 'fleet_authority';
delete from settings where name = 'fleet_authority';

-- +goose Down
insert into settings (name, value) select 'fleet_authority', sealed from fleet_authorities order by issues_from desc limit 1;
drop table fleet_authorities;
