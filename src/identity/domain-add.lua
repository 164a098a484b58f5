-- Registers a sending domain, if nobody else owns its organisational domain. Run again it changes nothing.
-- KEYS: 1 domains (name to JSON), 2 owners (organisational domain to organisation), 3 outbox
-- ARGV: 1 domain, 2 its organisational domain, 3 organisation, 4 what is kept of the domain (JSON), 5 block of log rows
-- Returns 'added', 'known' where it was there before, or the organisation that it belongs to
local owner = redis.call('HGET', KEYS[2], ARGV[2])
if owner and owner ~= ARGV[3] then return { 'owned', owner } end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 'known' } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
redis.call('XADD', KEYS[3], '*', 'b', ARGV[5])
return { 'added' }
