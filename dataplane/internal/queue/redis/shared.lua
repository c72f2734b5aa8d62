-- What the scripts share. KEYS[1] is the base of all keys of a task type, ARGV[1] the channel of the nodes, ARGV[2] the type.
--
--   base:g         is there for as long as Redis was not emptied
--   base:r:domain  ready tasks, by rank
--   base:h         tasks handed out, by the time until which their home has to say what became of them
--   base:f         tasks in flight, by the end of the lease that their home renews; only while the type is limited
--   base:w:domain  nodes with parked polls, by the time since when
--   base:b         domains whose ready tasks the limit holds back, by the time since when
--   base:l         the times of the hand-outs that count against the rate, oldest first
local base, channel, kind = KEYS[1], ARGV[1], ARGV[2]
local handed, flying, blocked = base .. ':h', base .. ':f', base .. ':b'

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

-- Whoever finds Redis emptied tells all, so that each pushes what it knows.
if redis.call('SET', base .. ':g', 1, 'NX') then
  redis.call('PUBLISH', channel, 'g\0' .. kind)
end

local function ready(domain) return base .. ':r:' .. domain end

-- wake tells up to n nodes with parked polls that there is something to take; it returns how many it lacked.
local function wake(domain, n)
  while n > 0 do
    local node = redis.call('ZPOPMIN', base .. ':w:' .. domain)[1]
    if not node then return n end
    redis.call('PUBLISH', channel, 'w\0' .. node .. '\0' .. kind .. '\0' .. domain)
    n = n - 1
  end
  return 0
end

-- free lets n nodes know whose polls the limit held back.
local function free(n)
  for _, domain in ipairs(redis.call('ZRANGE', blocked, 0, -1)) do
    if n <= 0 then return end
    if redis.call('EXISTS', ready(domain), base .. ':w:' .. domain) < 2 then
      redis.call('ZREM', blocked, domain)
    else
      n = wake(domain, n)
    end
  end
end

-- restore makes a handed task ready again, before others of its priority. A task is written as execution, number, priority
-- and domain.
local function restore(member)
  local priority, domain = string.match(member, '^[^%z]*%z[^%z]*%z([^%z]*)%z(.*)$')
  local rank = (99 - math.max(0, math.min(99, tonumber(priority)))) * 2 ^ 46
  redis.call('ZADD', ready(domain), 'NX', string.format('%.0f', rank), member)
  return domain
end
