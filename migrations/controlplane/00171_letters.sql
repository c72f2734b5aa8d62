-- +goose Up

-- E-mails that are to be sent. A row goes when it was sent or given up.
create table letters (
    organization_id text   not null,
    id              text   not null,
    invitation_id   text   not null, -- that it is about, and that learns what became of it; empty: none
    recipient       text   not null,
    subject         text   not null,
    body            text   not null, -- encrypted with the key file of the data folder when sealed
    sealed          bigint not null,
    created_at      bigint not null,
    due_at          bigint not null, -- when it is tried next
    attempts        bigint not null,
    constraint letters_pk primary key (id),
    constraint letters_organization_fkey foreign key (organization_id) references organizations (id)
);
create index letters_due_idx on letters (due_at);

alter table invitations add column mail text not null default ''; -- QUEUED, SENT or FAILED; empty: there was no mail server
alter table invitations add column mail_problem text not null default '';

-- +goose Down
alter table invitations drop column mail_problem;
alter table invitations drop column mail;
drop table letters;
