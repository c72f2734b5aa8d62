-- name: SelectPlan
select plan from organizations where id = $1;

-- name: SelectPlanByName
select id, plan from organizations where name = $1;

-- name: UpdatePlan
update organizations set plan = $2 where id = $1;

-- name: SelectPlansInUse
select distinct plan from organizations where plan <> '' order by plan;

-- name: CountClusters
select count(*) from clusters where organization_id = $1;

-- name: SelectNodesAsked
-- How many nodes each cluster has, and what running operations ask for; a cluster that is about to exist has no row yet.
select c.id, c.nodes, coalesce(p.request, '')
from clusters c left join operations p on p.cluster_id = c.id and p.state = 'RUNNING'
where c.organization_id = $1;

-- name: CountMembers
select count(*) from roles where organization_id = $1;

-- name: CountMember
select count(*) from roles where organization_id = $1 and account_id = $2;

-- name: CountInvitations
-- That can be accepted, of others than $2.
select count(*) from invitations where organization_id = $1 and email <> $2 and expires_at > $3;

-- name: CountProjects
select count(*) from projects where organization_id = $1;

-- name: CountAccessKeys
select count(*) from access_keys where organization_id = $1;

-- name: CountServiceAccounts
select count(*) from service_accounts where organization_id = $1;

-- name: CountAPIKeys
select count(*) from api_keys where organization_id = $1;
