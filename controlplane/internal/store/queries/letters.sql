-- name: InsertLetter
insert into letters (organization_id, id, invitation_id, recipient, subject, body, sealed, created_at, due_at, attempts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0);

-- name: InsertNotices
-- To each owner but one.
insert into letters (organization_id, id, invitation_id, recipient, subject, body, sealed, created_at, due_at, attempts)
select m.organization_id, cast($2 as text) || '-' || a.id, '', a.email, cast($3 as text), cast($4 as text), 0, cast($5 as bigint),
       cast($5 as bigint), 0
from memberships m join accounts a on a.id = m.account_id
where m.organization_id = $1 and m.role = 'owner' and a.id <> $6;

-- name: ClaimLetter
-- The condition stands twice: another process may have taken it while this one waited for the row.
update letters set due_at = $2, attempts = attempts + 1
where due_at <= $1 and id = (
    select l.id from letters l
    where l.due_at <= $1 and (l.invitation_id = '' or exists (select 1 from invitations i where i.id = l.invitation_id))
    order by l.due_at, l.id limit 1)
returning organization_id, id, invitation_id, recipient, subject, body, sealed, created_at, attempts;

-- name: UpdateLetterDue
update letters set due_at = $2 where id = $1;

-- name: DeleteLetter
delete from letters where id = $1;

-- name: DeleteOldLetters
delete from letters where created_at < $1;

-- name: UpdateInvitationMail
update invitations set mail = $3, mail_problem = $4 where organization_id = $1 and id = $2;

-- name: SelectOrganizationName
select name from organizations where id = $1;
