-- Hands out ready tasks. ARGV[3] is the domain, ARGV[4] how many, ARGV[5] the node, ARGV[6] 1 when it waits for more, ARGV[7]
-- how long the home has to say what became of a task; ARGV[8], ARGV[9] and ARGV[10] are the limit: concurrent, rate, per.
-- Times are in milliseconds. Returns after how many of them to look again (0: a wake-up will come), and the tasks.
local domain, count, node, waits, patience = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], tonumber(ARGV[7])
local concurrent, rate, per = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

-- What a node took and never told of is ready again; a lease that nobody renews is void.
local restored = 0
for _, member in ipairs(redis.call('ZRANGEBYSCORE', handed, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', handed, member)
  local where = restore(member)
  if where == domain then restored = restored + 1 else wake(where, 1) end
end
redis.call('ZREMRANGEBYSCORE', flying, '-inf', now)

local n, again = count, nil
local function look(at)
  if not again or at < again then again = at end
end
local function first(key)
  local score = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if score then look(tonumber(score)) end
end

if concurrent > 0 then
  n = math.max(0, math.min(n, concurrent - redis.call('ZCARD', handed) - redis.call('ZCARD', flying)))
end
local times = base .. ':l'
if rate > 0 then
  local oldest = redis.call('LINDEX', times, 0)
  while oldest and tonumber(oldest) + per <= now do
    redis.call('LPOP', times)
    oldest = redis.call('LINDEX', times, 0)
  end
  n = math.max(0, math.min(n, rate - redis.call('LLEN', times)))
end

local popped = n > 0 and redis.call('ZPOPMIN', ready(domain), n) or {}
local out = { 0 }
for i = 1, #popped, 2 do
  redis.call('ZADD', handed, now + patience, popped[i])
  if rate > 0 then redis.call('RPUSH', times, now) end
  out[#out + 1] = popped[i]
end
if rate > 0 then redis.call('PEXPIRE', times, per) end

if restored > 0 and redis.call('EXISTS', ready(domain)) == 1 then wake(domain, restored) end

if #out - 1 < count then
  if waits == '1' then redis.call('ZADD', base .. ':w:' .. domain, 'NX', now, node) end
  if redis.call('EXISTS', ready(domain)) == 1 then
    redis.call('ZADD', blocked, 'NX', now, domain)
    first(flying)
    local oldest = rate > 0 and redis.call('LLEN', times) >= rate and redis.call('LINDEX', times, 0)
    if oldest then look(tonumber(oldest) + per) end
  end
  first(handed)
end
if again then out[1] = math.max(1, again - now + 1) end
return out
