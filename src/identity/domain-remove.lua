-- Takes a sending domain off the books. The last one of an organisational domain takes its owner with it.
-- KEYS: 1 domains (name to JSON), 2 owners (organisational domain to organisation), 3 outbox
-- ARGV: 1 domain, 2 its organisational domain, 3 block of log rows
-- Returns 1, or 0 where it was not there
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
local is_last = true
for _, text in ipairs(redis.call('HVALS', KEYS[1])) do
  if cjson.decode(text).primary == ARGV[2] then is_last = false end
end
if is_last then redis.call('HDEL', KEYS[2], ARGV[2]) end
redis.call('XADD', KEYS[3], '*', 'b', ARGV[3])
return 1
