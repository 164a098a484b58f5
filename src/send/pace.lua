-- Takes tokens from several buckets at once, or from none, and counts them towards what may be sent within windows of time, and by a
-- domain that is warmed up.
-- A bucket is one number: the instant (ms) at which it would be full again. Taking n of r a second moves it by n/r
-- seconds; what may be taken ahead of time is the burst. Callers that must wait are given their turn in the order of
-- their asking, by Redis's clock, and nobody polls.
-- The rate of the first bucket, the account's, is lowered while SES throttles: throttled.lua writes by how much and when, and what
-- comes back with time is reckoned here.
-- KEYS: 1 throttle, 2 warm-up, 3… the windows, then the buckets
-- ARGV: 1 tokens, 2 longest wait for the first bucket (ms), 3 longest wait for the others, where that is longer (ms), 4 how long a
--       throttled rate takes to come back from nothing (ms), 5 most by the domain today ('' any number), 6 how many windows;
--       for each window: most ('' any number: they are counted, and that is all), length of a slot (ms), slots;
--       then for each bucket: rate (tokens a second), burst (tokens)
-- Returns { '1' taken | '0' not taken, wait in ms, how much of it is the first bucket's }, or { 'window', its number from 1, used,
-- ms since 1970 when there is room again }, or { 'warm-up', used }
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local tokens, first_max, wait_max = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

-- What was taken in the slots that are not over, as a running total, so that nothing is summed up.
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
  local w = { key = key, slot_ms = slot_ms, slots = slots, total = total, oldest = oldest, slot = slot, over = over }
  -- Where all was given back, slots may still hold figures that cancel each other out: they must not be taken for what comes.
  if total <= 0 then w.total, w.oldest, w.over, w.begins = 0, slot, {}, h[1] and true end
  return w
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

local windows, args = {}, 6
for i = 1, tonumber(ARGV[6]) do
  local w, limit = window(KEYS[2 + i], tonumber(ARGV[args + 2]), tonumber(ARGV[args + 3])), tonumber(ARGV[args + 1])
  if limit and w.total + tokens > limit then return { 'window', i, w.total, room_at(w, limit) } end
  windows[i], args = w, args + 3
end
if ARGV[5] ~= '' then
  local used = tonumber(redis.call('GET', KEYS[2]) or 0)
  if used + tokens > tonumber(ARGV[5]) then return { 'warm-up', used } end
end

local throttle = redis.call('HMGET', KEYS[1], 'share', 'at')
local share = throttle[1] and math.min(1, tonumber(throttle[1]) + (now - tonumber(throttle[2])) / tonumber(ARGV[4])) or 1
local first, wait, first_wait, full_at = 3 + #windows, 0, 0, {}
for i = first, #KEYS do
  local rate, burst = tonumber(ARGV[args + 1]), tonumber(ARGV[args + 2])
  if i == first then rate, burst = math.max(rate * share, math.min(rate, 1)), burst * share end
  local at = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now)
  full_at[i] = at + tokens * 1000 / rate
  wait = math.max(wait, full_at[i] - now - math.max(burst, tokens) * 1000 / rate)
  if i == first then first_wait = wait end
  args = args + 2
end
wait, first_wait = math.ceil(wait), math.ceil(first_wait)
if first_wait > first_max or wait > math.max(first_wait, wait_max) then return { '0', wait, first_wait } end

for i = first, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.3f', full_at[i]), 'PX', math.ceil(full_at[i] - now) + 60000)
end
for _, w in ipairs(windows) do
  if w.begins then redis.call('DEL', w.key) end
  for _, slot in ipairs(w.over) do redis.call('HDEL', w.key, slot) end
  redis.call('HSET', w.key, 'total', w.total + tokens, 'oldest', w.oldest)
  redis.call('HINCRBY', w.key, w.slot, tokens)
  redis.call('PEXPIRE', w.key, w.slot_ms * (w.slots + 1))
end
if ARGV[5] ~= '' then
  redis.call('INCRBY', KEYS[2], tokens)
  redis.call('PEXPIRE', KEYS[2], 172800000)
end
return { '1', wait, first_wait }
