-- Takes the turn to change the log's files, keeps it, or gives it back. Run again it gives the same answer.
-- KEYS: 1 whose turn it is
-- ARGV: 1 who asks (a token), 2 for how many milliseconds; 0 gives it back
-- Returns 1, or 0 where it is somebody else's
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
