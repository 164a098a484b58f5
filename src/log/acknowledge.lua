-- Removes entries whose rows every sink has. In one step: an entry that was acknowledged and not removed would
-- never be delivered again, and would look unshipped for ever.
-- KEYS[1]  the outbox
-- ARGV[1]  consumer group
-- ARGV[2…] ids of the entries
-- Returns how many were still there.
local ids = {}
for i = 2, #ARGV do
  ids[#ids + 1] = ARGV[i]
end
redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
return redis.call('XDEL', KEYS[1], unpack(ids))
