delete from node where id = $1
