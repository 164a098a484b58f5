-- Moves the canary of a campaign on: further people may be planned, or everybody. Only from where it was seen to stand, so that of
-- several that judge it one does.
-- KEYS: 1 campaign, 2 outbox
-- ARGV: 1 up to how many it was ('' where nobody had said), 2 up to how many it is to be, 3 'open' | 'passed', 4 block of log rows
-- Returns 'changed' | 'same'
--@include ../core/change.lua
local c = redis.call('HMGET', KEYS[1], 'phase', 'canary', 'canary:upTo', 'canary:state')
if c[1] ~= 'running' and c[1] ~= 'queued' and c[1] ~= 'scheduled' then return 'same' end
if not c[2] or c[4] == 'passed' or (c[3] or '') ~= ARGV[1] then return 'same' end
redis.call('HSET', KEYS[1], 'canary:upTo', ARGV[2], 'canary:state', ARGV[3])
redis.call('HSETNX', KEYS[1], 'canary:size', ARGV[2])
note_change(KEYS[1], KEYS[2], ARGV[4])
return 'changed'
