-- A worker says that it lives; those that were not heard of for long are forgotten. By Redis's clock, which all share.
-- KEYS: 1 workers
-- ARGV: 1 the worker as JSON, 2 how long a silent one is remembered (ms)
-- Returns how many were forgotten.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
return redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - tonumber(ARGV[2]))
