-- Takes tokens from several buckets at once, or from none, and counts them towards what may be sent in a day, in a month, and by a
-- domain that is warmed up.
-- A bucket is one number: the instant (ms) at which it would be full again. Taking n of r a second moves it by n/r
-- seconds; what may be taken ahead of time is the burst. Callers that must wait are given their turn in the order of
-- their asking, by Redis's clock, and nobody polls.
-- The rate of the first bucket, the account's, is lowered while SES throttles: throttled.lua writes by how much and when, and what
-- comes back with time is reckoned here.
-- KEYS: 1 throttle, 2 day, 3 month, 4 warm-up, 5… the buckets
-- ARGV: 1 tokens, 2 longest wait (ms), 3 most in a day ('' any number), 4 most in 30 days (likewise), 5 most by the domain today
--       (likewise), 6 how long a throttled rate takes to come back from nothing (ms),
--       then for each bucket: rate (tokens a second), burst (tokens)
-- Returns { '1' taken | '0' not taken, wait in ms }, or { 'day' | 'month' | 'warm-up', used, ms since 1970 when there is room again }
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local tokens, wait_max = tonumber(ARGV[1]), tonumber(ARGV[2])

-- What was taken in the slots of the last days, without those that are over: a running total, so that nothing is summed up.
local function window(key, slot_ms, slots)
  local slot = math.floor(now / slot_ms)
  local h = redis.call('HMGET', key, 'total', 'oldest')
  local total, oldest, over = tonumber(h[1] or 0), tonumber(h[2] or slot), {}
  -- A slot is over when its end is so long ago.
  while oldest < slot - slots and total > 0 do
    total = total - tonumber(redis.call('HGET', key, oldest) or 0)
    over[#over + 1] = oldest
    oldest = oldest + 1
  end
  if total <= 0 then total, oldest = 0, slot end
  return { key = key, slot_ms = slot_ms, slots = slots, total = total, oldest = oldest, slot = slot, over = over }
end

-- When so many of them are over that there is room.
local function room_at(w, limit)
  local total, at = w.total, w.oldest
  while total + tokens > limit and at <= w.slot do
    total = total - tonumber(redis.call('HGET', w.key, at) or 0)
    at = at + 1
  end
  return (at + w.slots) * w.slot_ms
end

local windows = {}
for i, kind in ipairs({ { 'day', 300000, 288 }, { 'month', 3600000, 720 } }) do
  if ARGV[2 + i] ~= '' then
    local w = window(KEYS[1 + i], kind[2], kind[3])
    local limit = tonumber(ARGV[2 + i])
    if w.total + tokens > limit then return { kind[1], w.total, room_at(w, limit) } end
    windows[#windows + 1] = w
  end
end
if ARGV[5] ~= '' then
  local used = tonumber(redis.call('GET', KEYS[4]) or 0)
  if used + tokens > tonumber(ARGV[5]) then return { 'warm-up', used, 0 } end
end

local throttle = redis.call('HMGET', KEYS[1], 'share', 'at')
local share = throttle[1] and math.min(1, tonumber(throttle[1]) + (now - tonumber(throttle[2])) / tonumber(ARGV[6])) or 1
local wait, full_at = 0, {}
for i = 5, #KEYS do
  local rate, burst = tonumber(ARGV[7 + 2 * (i - 5)]), tonumber(ARGV[8 + 2 * (i - 5)])
  if i == 5 then rate, burst = math.max(rate * share, math.min(rate, 1)), burst * share end
  local at = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now)
  full_at[i] = at + tokens * 1000 / rate
  wait = math.max(wait, full_at[i] - now - math.max(burst, tokens) * 1000 / rate)
end
wait = math.ceil(wait)
if wait > wait_max then return { '0', wait } end

for i = 5, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.3f', full_at[i]), 'PX', math.ceil(full_at[i] - now) + 60000)
end
for _, w in ipairs(windows) do
  for _, slot in ipairs(w.over) do redis.call('HDEL', w.key, slot) end
  redis.call('HSET', w.key, 'total', w.total + tokens, 'oldest', w.oldest)
  redis.call('HINCRBY', w.key, w.slot, tokens)
  redis.call('PEXPIRE', w.key, w.slot_ms * (w.slots + 1))
end
if ARGV[5] ~= '' then
  redis.call('INCRBY', KEYS[4], tokens)
  redis.call('PEXPIRE', KEYS[4], 172800000)
end
return { '1', wait }
