-- Gives tokens back that pace.lua gave and that nobody has used, once for each claim.
-- While the rate is throttled a little less of it comes back than was taken: that is on the safe side.
-- KEYS: 1 mark of the claim, 2 warm-up, 3… the windows, then the buckets
-- ARGV: 1 tokens, 2 '1' where they count for the domain, 3 how many windows; for each window: length of a slot (ms);
--       then for each bucket: rate (tokens a second)
-- Returns 1 where they were given back, 0 where that had been done before
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', 600) then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local tokens, windows = tonumber(ARGV[1]), tonumber(ARGV[3])
for i = 3 + windows, #KEYS do
  local at = tonumber(redis.call('GET', KEYS[i]) or 0) - tokens * 1000 / tonumber(ARGV[1 + i])
  if at > now then
    redis.call('SET', KEYS[i], string.format('%.3f', at), 'PX', math.ceil(at - now) + 60000)
  else
    redis.call('DEL', KEYS[i])
  end
end
for i = 1, windows do
  -- Of the slot of now, even where they were taken in the one before: only the sum over all of them counts.
  redis.call('HINCRBY', KEYS[2 + i], 'total', -tokens)
  redis.call('HINCRBY', KEYS[2 + i], math.floor(now / tonumber(ARGV[3 + i])), -tokens)
end
if ARGV[2] == '1' and tonumber(redis.call('GET', KEYS[2]) or 0) >= tokens then redis.call('DECRBY', KEYS[2], tokens) end
return 1
