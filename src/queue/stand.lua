-- Sets or lifts one of the two flags that keep a campaign from sending: `paused` (an operator) and `held` (a rule).
-- They are independent: lifting one does not lift the other. Once this has returned, no claim happens.
-- KEYS: 1 campaign, 2 outbox
-- ARGV: 1 flag, 2 its value ('' to lift it), 3 block of log rows, 4 the value that is to be lifted ('' for any)
-- Returns 'changed' | 'same' | 'ended' | 'missing'
--@include ../core/change.lua
local c = redis.call('HMGET', KEYS[1], 'phase', ARGV[1])
if not c[1] then return 'missing' end
if c[1] ~= 'scheduled' and c[1] ~= 'queued' and c[1] ~= 'running' then return 'ended' end
if (ARGV[2] == '') == (not c[2]) then return 'same' end
if ARGV[4] ~= '' and c[2] ~= ARGV[4] then return 'same' end
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
note_change(KEYS[1], KEYS[2], ARGV[3])
return 'changed'
