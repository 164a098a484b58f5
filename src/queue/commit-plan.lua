-- Writes down a stretch of the plan: checkpoint, counters, batches and log rows, all or nothing.
-- It counts only for the planner whose epoch is the campaign's, and only when it follows the checkpoint that is
-- there. Run twice, the second time changes nothing.
-- KEYS: 1 campaign, 2 outstanding, 3 outbox, 4 open campaigns, 5 planner's sign of life, 6 campaigns that are being planned,
--       7… one for each batch
-- ARGV: 1 epoch, 2 checkpoint before ('' for none), 3 checkpoint after, 4 fingerprint of the source,
--       5 read, 6 duplicate, 7 invalid, 8 '1' at the end of the audience, 9 block of log rows ('' for none),
--       10 number of the first batch, 11 how long the planner may be silent (ms), 12 id of the campaign,
--       13 sections of jobs as they are after it ('' for none), then for each batch: size, addresses, payload
-- Returns { 'ok' | 'superseded' | 'paused' | 'held' | 'ended', outstanding batches, outbox entries, campaigns planned }
--@include ../core/entries.lua
--@include ../core/positions.lua
--@include ./planning.lua
local c = redis.call('HMGET', KEYS[1], 'epoch', 'checkpoint', 'phase', 'paused', 'held')
local now = now_in_ms()
local counts = function() return redis.call('ZCARD', KEYS[2]), redis.call('XLEN', KEYS[3]), count_planning(KEYS[6], now) end
if c[1] ~= ARGV[1] then return { 'superseded', counts() } end
if (c[2] or '') == ARGV[3] then return { 'ok', counts() } end
if (c[2] or '') ~= ARGV[2] then return { 'superseded', counts() } end
local standstill = c[3] ~= 'running' and 'ended' or c[4] and 'paused' or c[5] and 'held'
if standstill then
  mark_planning(KEYS[6], ARGV[12], now, false)
  return { standstill, counts() }
end

local batch, planned = tonumber(ARGV[10]), 0
redis.call('SET', KEYS[5], ARGV[1], 'PX', ARGV[11])
-- Claims of a plan that a restarted Redis had forgotten are found where a batch is there before it is planned.
local has_claims = #KEYS > 6 and redis.call('EXISTS', unpack(KEYS, 7)) > 0
local scores = {}
for i = 7, #KEYS do
  local at = 14 + (i - 7) * 3
  redis.call('HSET', KEYS[i], 'n', ARGV[at], 'a', ARGV[at + 1], 'p', ARGV[at + 2])
  -- Those people may have the mail (send/reclaim.lua).
  local again = has_claims and redis.call('HGET', KEYS[i], 'again')
  if again then
    local states = states_of(nil, ARGV[at])
    for claim, positions in string.gmatch(again, '([^=;]+)=([%d,-]+)') do
      each_position(positions, function(position) states[position + 1] = 'c' .. claim end)
      redis.call('HSET', KEYS[i], 'k' .. claim, now)
    end
    redis.call('HSET', KEYS[i], 's', states_text(states))
    redis.call('HDEL', KEYS[i], 'again')
    redis.call('PERSIST', KEYS[i])
  end
  scores[#scores + 1] = now
  scores[#scores + 1] = batch
  planned = planned + tonumber(ARGV[at])
  batch = batch + 1
end
if #scores > 0 then redis.call('ZADD', KEYS[2], unpack(scores)) end
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[3], 'next', batch, 'fingerprint', ARGV[4])
if ARGV[13] ~= '' and planned > 0 then redis.call('HSET', KEYS[1], 'jobs', ARGV[13]) end
if ARGV[5] ~= '0' then redis.call('HINCRBY', KEYS[1], 'read', ARGV[5]) end
if ARGV[6] ~= '0' then redis.call('HINCRBY', KEYS[1], 'duplicate', ARGV[6]) end
if ARGV[7] ~= '0' then redis.call('HINCRBY', KEYS[1], 'invalid', ARGV[7]) end
if planned > 0 then
  redis.call('HINCRBY', KEYS[1], 'planned', planned)
  redis.call('HINCRBY', KEYS[1], 'pending', planned)
end
if ARGV[9] ~= '' then redis.call('XADD', KEYS[3], '*', 'b', ARGV[9]) end
mark_planning(KEYS[6], ARGV[12], now, ARGV[8] ~= '1')
if ARGV[8] == '1' then
  redis.call('HSET', KEYS[1], 'planned_all', '1')
  redis.call('DEL', KEYS[5])
  finish_if_settled(KEYS[1], KEYS[4], KEYS[3], now)
end
return { 'ok', counts() }
