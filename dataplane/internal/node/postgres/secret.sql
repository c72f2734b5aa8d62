-- $1 a new secret, taken when there is none yet
update node_common set secret = case when secret = '' then $1 else secret end returning secret
