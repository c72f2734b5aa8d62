-- Applies what a node knows of its tasks. ARGV[3] is the length of a lease in milliseconds, and from ARGV[4] on there are
-- operations of four: code, task, domain, rank.
local lease = now + tonumber(ARGV[3])
local added, freed = {}, 0

local function add(domain, n)
  added[domain] = (added[domain] or 0) + n
end

for i = 4, #ARGV, 4 do
  local code, member, domain, rank = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if code == 'R' then -- ready; one that somebody was just handed stays with them
    if not redis.call('ZSCORE', handed, member) then
      freed = freed + redis.call('ZREM', flying, member)
      add(domain, redis.call('ZADD', ready(domain), 'NX', rank, member))
    end
  elseif code == 'B' then -- back from a worker, or given back
    freed = freed + redis.call('ZREM', handed, member) + redis.call('ZREM', flying, member)
    add(domain, redis.call('ZADD', ready(domain), rank, member))
  elseif code == 'F' then -- with a worker
    redis.call('ZREM', ready(domain), member)
    redis.call('ZREM', handed, member)
    redis.call('ZADD', flying, lease, member)
  elseif code == 'K' then -- still with a worker
    redis.call('ZADD', flying, 'XX', lease, member)
  elseif code == 'D' then -- gone
    redis.call('ZREM', ready(domain), member)
    freed = freed + redis.call('ZREM', handed, member) + redis.call('ZREM', flying, member)
  elseif code == 'U' then -- handed to a node that could not use it
    if redis.call('ZREM', handed, member) == 1 then
      restore(member)
      add(domain, 1)
      freed = freed + 1
    end
  elseif code == 'P' then -- a wake-up that came too late
    if redis.call('EXISTS', ready(domain)) == 1 then
      add(domain, 1)
    end
  elseif code == 'L' then -- the node, in place of a task, leaves
    redis.call('ZREM', base .. ':w:' .. domain, member)
    if redis.call('EXISTS', ready(domain)) == 1 then
      add(domain, 1)
    end
  end
end
for domain, n in pairs(added) do
  freed = freed + wake(domain, n)
end
if freed > 0 then free(freed) end
return 1
