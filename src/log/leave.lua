-- A consumer leaves the group. What it still holds can be claimed by another at once. Consumers that died long ago
-- and hold nothing leave with it: every start has a name of its own, and the group would grow for ever.
-- A consumer that holds something is never removed, since its entries would then belong to nobody.
-- KEYS[1]  the outbox
-- ARGV[1]  consumer group
-- ARGV[2]  the consumer
-- ARGV[3]  how long an entry must be idle to be claimed, in ms
-- ARGV[4]  how long a consumer must be idle to count as dead, in ms
-- Returns how many consumers were removed.
local function field(list, name)
  for i = 1, #list, 2 do
    if list[i] == name then
      return list[i + 1]
    end
  end
end

local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then
  return 0
end
local removed = 0
for _, consumer in ipairs(consumers) do
  local name = field(consumer, 'name')
  local held = field(consumer, 'pending')
  if name == ARGV[2] and held > 0 then
    for _, entry in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', held, name)) do
      redis.call('XCLAIM', KEYS[1], ARGV[1], name, 0, entry[1], 'IDLE', ARGV[3], 'JUSTID')
    end
  elseif held == 0 and (name == ARGV[2] or field(consumer, 'idle') > tonumber(ARGV[4])) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
    removed = removed + 1
  end
end
return removed
