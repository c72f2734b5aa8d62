-- name: ExtendChain
-- Who extends a chain waits for whoever does so at the same time. The hash is that of the entry before.
insert into audit_chains (organization_id, chain, sequence, hash) values ($1, $2, 1, '')
on conflict (chain) do update set sequence = audit_chains.sequence + 1
returning sequence, hash;

-- name: UpdateChain
update audit_chains set hash = $2 where chain = $1;

-- name: InsertAudit
insert into audit_log
    (organization_id, chain, sequence, previous_hash, hash, id, at, account_id, email, address, credential, request_id, action,
     outcome, target, reason, state_before, state_after)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18);

-- name: SelectAudit
-- Newest first, before a place in the chain. Texts are patterns of like; an empty one, and 0 for a time, let everything through.
select organization_id, sequence, previous_hash, hash, id, at, account_id, email, address, credential, request_id, action, outcome,
       target, reason, state_before, state_after
from audit_log
where chain = $1 and sequence < $2
    and ($3 = '' or lower(email) like $3 escape '\')
    and ($4 = '' or action = $4 or action like $4 || '.%')
    and ($5 = '' or lower(target) like $5 escape '\')
    and ($6 = '' or outcome = $6)
    and at >= cast($7 as bigint)
    and (cast($8 as bigint) = 0 or at < cast($8 as bigint))
    and ($9 = '' or lower(email || ' ' || address || ' ' || credential || ' ' || request_id || ' ' || action || ' ' || target || ' ' ||
                          reason || ' ' || state_before || ' ' || state_after) like $9 escape '\')
order by sequence desc
limit $10;

-- name: SelectChain
-- In the order of the chain, after a place in it.
select organization_id, sequence, previous_hash, hash, id, at, account_id, email, address, credential, request_id, action, outcome,
       target, reason, state_before, state_after
from audit_log
where chain = $1 and sequence > $2
order by sequence
limit $3;

-- name: SelectChainEnd
select sequence, hash from audit_chains where chain = $1;

-- name: SelectChains
-- Chains that have entries or an end: one without the other was tampered with.
select chain from audit_chains union select chain from audit_log union select chain from audit_heads order by 1;

-- name: SelectUnsignedChains
select c.organization_id, c.chain, c.sequence, c.hash
from audit_chains c
where not exists (select 1 from audit_heads h where h.chain = c.chain and h.sequence = c.sequence)
order by c.chain;

-- name: InsertHead
insert into audit_heads (organization_id, chain, sequence, hash, at, key_id, signature) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (chain, sequence) do nothing;

-- name: SelectHeads
select chain, sequence, hash, at, key_id, signature from audit_heads where chain = $1 order by sequence;

-- name: SelectOrganizationsByHand
select organization_id from memberships where account_id = $1 order by organization_id;
