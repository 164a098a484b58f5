-- Notes which run of the server this is, and since when.
-- KEYS: 1 server, 2 open campaigns
-- ARGV: 1 run id of the server, 2 how long nobody may claim after a restart (ms)
-- Returns { '1' where the run is another than that on record, ms until somebody may claim }
--@include ../core/finish.lua
local known = redis.call('HMGET', KEYS[1], 'run', 'since')
local now = now_in_ms()
if known[1] ~= ARGV[1] then
  -- A server that nobody has used before, or on which nothing was under way, has forgotten nothing that matters.
  local since = (known[1] and redis.call('SCARD', KEYS[2]) > 0) and now or 0
  redis.call('HSET', KEYS[1], 'run', ARGV[1], 'since', since)
  known[2] = since
end
return { known[1] ~= ARGV[1] and '1' or '0', math.max(0, tonumber(known[2]) + tonumber(ARGV[2]) - now) }
