-- Moves an entry that can't be read to the dead letters, whole. Run again it changes nothing.
-- KEYS[1]  the outbox
-- KEYS[2]  the dead letters
-- ARGV[1]  consumer group
-- ARGV[2]  id of the entry
-- ARGV[3]  reason
-- Returns 1, or 0 where the entry is gone.
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #found == 0 then
  return 0
end
redis.call('XADD', KEYS[2], '*', 'entry', ARGV[2], 'reason', ARGV[3], unpack(found[1][2]))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
