-- Takes a sample of the counts of campaigns, so that it can be shown how they grew. Of one whose counts are as they were nothing is written;
-- when they go on, the standstill gets its end. Where there are many samples, every second one goes, and the next lie twice as far apart.
-- KEYS: 1 lease of whoever samples, then for each campaign its hash and its course (list)
-- ARGV: 1 how long the lease lasts (ms; 0 where the caller has it), 2 how far samples lie apart at least (ms), 3 how many are kept, 4 how long a course is kept after its last (ms),
--       5 how long ago these campaigns were looked at (ms): that long ago their counts were still as they had been
-- Returns 1, or 0 where somebody else samples
--@include ../core/finish.lua
if ARGV[1] ~= '0' and not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
local now, step_min, kept, keep_ms, every = now_in_ms(), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])

-- Instant (ms), accepted, skipped, rejected, in doubt, delivered, bounced hard and softly, complained, opened, clicked, unsubscribed.
local function counts_of(campaign)
  local c = redis.call('HMGET', campaign, 'startedAt', 'course:step', 'skipped:unsubscribed', 'skipped:bounced', 'skipped:complained', 'skipped:blocked',
    'accepted', 'rejected', 'inDoubt', 'delivered', 'bounced:hard', 'bounced:soft', 'complained', 'opened', 'clicked', 'unsubscribed')
  if not c[1] then return nil end
  local skipped = tonumber(c[3] or 0) + tonumber(c[4] or 0) + tonumber(c[5] or 0) + tonumber(c[6] or 0)
  local counts = { tonumber(c[7] or 0), skipped }
  for i = 8, 16 do counts[#counts + 1] = tonumber(c[i] or 0) end
  return table.concat(counts, ','), c[1], math.max(tonumber(c[2] or 0), step_min)
end

local function thin(campaign, course, step)
  local samples = redis.call('LRANGE', course, 0, -1)
  local some = {}
  for i, sample in ipairs(samples) do
    if i % 2 == 1 or i == #samples then some[#some + 1] = sample end
  end
  redis.call('DEL', course)
  for i = 1, #some, 100 do redis.call('RPUSH', course, unpack(some, i, math.min(i + 99, #some))) end
  redis.call('HSET', campaign, 'course:step', step * 2)
end

for i = 2, #KEYS, 2 do
  local campaign, course = KEYS[i], KEYS[i + 1]
  local counts, started, step = counts_of(campaign)
  if counts then
    local last = redis.call('LINDEX', course, -1)
    if not last then
      last = started .. ',0,0,0,0,0,0,0,0,0,0,0'
      redis.call('RPUSH', course, last)
    end
    local at, before = string.match(last, '^(%d+),(.*)$')
    at = tonumber(at)
    if counts ~= before and now - at >= step then
      local still = now - math.max(step, every)
      if still - at >= step then redis.call('RPUSH', course, string.format('%d', still) .. ',' .. before) end
      local length = redis.call('RPUSH', course, string.format('%d', now) .. ',' .. counts)
      if length > kept then thin(campaign, course, step) end
      redis.call('PEXPIRE', course, keep_ms)
    end
  end
end
return 1
