-- Takes tokens from several buckets at once, or from none.
-- A bucket is one number: the instant (ms) at which it would be full again. Taking n of r a second moves it by n/r
-- seconds; what may be taken ahead of time is the burst. Callers that must wait are given their turn in the order of
-- their asking, by Redis's clock, and nobody polls.
-- KEYS: the buckets
-- ARGV: 1 tokens, 2 longest wait (ms), then for each bucket: rate (tokens a second), burst (tokens)
-- Returns { '1' taken | '0' not taken, wait in ms }
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local tokens, wait_max = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait, full_at = 0, {}
for i = 1, #KEYS do
  local rate, burst = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  local at = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now)
  full_at[i] = at + tokens * 1000 / rate
  wait = math.max(wait, full_at[i] - now - math.max(burst, tokens) * 1000 / rate)
end
wait = math.ceil(wait)
if wait > wait_max then return { '0', wait } end
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.3f', full_at[i]), 'PX', math.ceil(full_at[i] - now) + 60000)
end
return { '1', wait }
