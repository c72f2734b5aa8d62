update node_link set sealed = $3 where name = $1 and holder = $2
