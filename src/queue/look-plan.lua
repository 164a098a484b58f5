-- What a planner that waits for room looks at: is it still the planner of a campaign that runs, and is there room.
-- It also tells the others that this planner is alive.
-- KEYS: 1 campaign, 2 outstanding, 3 outbox, 4 planner's sign of life, 5 campaigns that are being planned
-- ARGV: 1 epoch, 2 how long the planner may be silent (ms), 3 id of the campaign
-- Returns { 'ok' | 'superseded' | 'paused' | 'held' | 'ended', outstanding batches, outbox entries, campaigns planned }
--@include ../core/finish.lua
--@include ./planning.lua
local c = redis.call('HMGET', KEYS[1], 'epoch', 'phase', 'paused', 'held')
local kind = c[1] ~= ARGV[1] and 'superseded' or c[2] ~= 'running' and 'ended' or c[3] and 'paused' or c[4] and 'held'
  or 'ok'
local now = now_in_ms()
if kind == 'ok' then redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[2]) end
if kind ~= 'superseded' then mark_planning(KEYS[5], ARGV[3], now, kind == 'ok') end
return { kind, redis.call('ZCARD', KEYS[2]), redis.call('XLEN', KEYS[3]), count_planning(KEYS[5], now) }
