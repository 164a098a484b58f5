-- Adds to the meter what one thread has counted since its last write, and notes its figures. Sent again, it changes nothing: a write has a
-- number, and the writer's last one is kept.
-- KEYS: 1 meter, 2 the writer's last number, 3 threads, 4 figures
-- ARGV: 1 number of the write, 2 how long it is kept (ms), 3 the thread ('' for one without figures), 4 its figures (JSON),
--       5 how long a silent thread is remembered (ms), 6 how many threads at most, 7… field, by how much, …
-- Returns 1 where it was written, 0 where it had been before.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local is_new = redis.call('GET', KEYS[2]) ~= ARGV[1]
if is_new then
  for i = 7, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local gone = redis.call('ZRANGEBYSCORE', KEYS[3], 0, now - tonumber(ARGV[5]))
for _, thread in ipairs(gone) do
  redis.call('ZREM', KEYS[3], thread)
  redis.call('HDEL', KEYS[4], thread)
end
if ARGV[3] ~= '' and (redis.call('ZSCORE', KEYS[3], ARGV[3]) or redis.call('ZCARD', KEYS[3]) < tonumber(ARGV[6])) then
  redis.call('ZADD', KEYS[3], now, ARGV[3])
  redis.call('HSET', KEYS[4], ARGV[3], ARGV[4])
end
return is_new and 1 or 0
