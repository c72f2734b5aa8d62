-- $1 how long a silent node counts as live
select count(*) from node where seen >= now() - $1::interval
