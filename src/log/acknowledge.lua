-- Removes entries whose rows every sink has, and keeps aside what a sink would never take. In one step: an entry that was
-- acknowledged and not removed would never be delivered again, and a row that was refused would be nowhere.
-- KEYS[1]  the outbox
-- KEYS[2]  the dead letters
-- ARGV[1]  consumer group
-- ARGV[2]  how many rows were refused
-- then three for each of those: the row as JSON, the sink, the reason
-- then ids of the entries
-- Returns how many were still there. Where none was, another shipper has had them, and kept the rows aside.
local ids = {}
local refused = tonumber(ARGV[2])
for i = 3 + refused * 3, #ARGV do
  ids[#ids + 1] = ARGV[i]
end
redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
local removed = redis.call('XDEL', KEYS[1], unpack(ids))
if removed > 0 then
  for i = 3, 2 + refused * 3, 3 do
    redis.call('XADD', KEYS[2], '*', 'row', ARGV[i], 'sink', ARGV[i + 1], 'reason', ARGV[i + 2])
  end
end
return removed
