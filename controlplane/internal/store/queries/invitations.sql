-- name: InsertInvitation
-- A new invitation of the same address takes the place of the one before, whose link works no more.
insert into invitations (organization_id, id, email, role, token_hash, created_by, created_at, expires_at, mail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (organization_id, email) do update
set id = excluded.id, role = excluded.role, token_hash = excluded.token_hash, created_by = excluded.created_by,
    created_at = excluded.created_at, expires_at = excluded.expires_at, mail = excluded.mail, mail_problem = '';

-- name: SelectInvitations
select i.organization_id, o.name, i.id, i.email, i.role, i.created_by, i.created_at, i.expires_at, i.mail, i.mail_problem
from invitations i join organizations o on o.id = i.organization_id
where i.organization_id = $1 and i.expires_at > $2
order by i.email;

-- name: SelectInvitation
select i.organization_id, o.name, i.id, i.email, i.role, i.created_by, i.created_at, i.expires_at, i.mail, i.mail_problem
from invitations i join organizations o on o.id = i.organization_id
where i.token_hash = $1 and i.expires_at > $2;

-- name: DeleteInvitation
delete from invitations where organization_id = $1 and id = $2;

-- name: DeleteOldInvitations
delete from invitations where expires_at <= $1;
