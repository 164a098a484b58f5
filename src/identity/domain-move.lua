-- Gives an organisational domain, with every sending domain below it, to another organisation.
-- KEYS: 1 owners (organisational domain to organisation), 2 outbox
-- ARGV: 1 organisational domain, 2 the organisation that is thought to own it, 3 who owns it from now on, 4 block of log rows
-- Returns 1, or 0 where somebody else owns it by now
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if owner and owner ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('XADD', KEYS[2], '*', 'b', ARGV[4])
return 1
