-- SES has throttled a call: the account's rate is lowered for all workers, by a part of what it is now. The refusals of one burst
-- count once.
-- KEYS: 1 throttle
-- ARGV: 1 what is left of the rate, 2 least share, 3 how long one burst lasts (ms), 4 how long the rate takes to come back from nothing (ms)
-- Returns the share of the rate in thousandths where it was lowered, or 0
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'share', 'at')
if known[1] and now - tonumber(known[2]) < tonumber(ARGV[3]) then return 0 end
local share = known[1] and math.min(1, tonumber(known[1]) + (now - tonumber(known[2])) / tonumber(ARGV[4])) or 1
local lower = math.max(share * tonumber(ARGV[1]), tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'share', lower, 'at', now)
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[4]))
return math.floor(lower * 1000)
