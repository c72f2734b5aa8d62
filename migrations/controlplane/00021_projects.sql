-- +goose Up

-- Folders of clusters. Each organization has one to begin with, which stays.
create table projects (
    organization_id text   not null,
    id              text   not null,
    name            text   not null,
    is_default      bigint not null, -- 1: where clusters go of which nothing else is said
    created_at      bigint not null,
    constraint projects_pk primary key (id),
    constraint projects_tenant_uq unique (organization_id, id),
    constraint projects_name_uq unique (organization_id, name),
    constraint projects_organization_fkey foreign key (organization_id) references organizations (id)
);
create unique index projects_default_uq on projects (organization_id) where is_default = 1;
insert into projects select id, 'prj_' || substr(id, 5), 'default', 1, created_at from organizations;

-- Always set; the program keeps it within the organization, as a column that is added can refer to one other only.
alter table clusters add column project_id text references projects (id);
update clusters set project_id = (select p.id from projects p where p.organization_id = clusters.organization_id);
create index clusters_project_idx on clusters (project_id);

-- +goose Down
drop index clusters_project_idx;
alter table clusters drop column project_id;
drop table projects;
