-- Ends a campaign before its time: it failed, or was cancelled. No claim happens once this has returned; what was
-- planned and not claimed is then settled as cancelled, batch by batch.
-- KEYS: 1 campaign, 2 outbox, 3 open campaigns
-- ARGV: 1 phase ('failed' | 'cancelled'), 2 reason, 3 block of log rows, 4 epoch of the planner that says so ('' for
--       anybody): one that was overtaken, or whose plan is complete, ends nothing
-- Returns 'changed' | 'same' | 'ended' | 'superseded' | 'missing'
--@include ../core/finish.lua
local c = redis.call('HMGET', KEYS[1], 'phase', 'epoch', 'planned_all')
local phase = c[1]
if not phase then return 'missing' end
if phase == ARGV[1] then return 'same' end
if ARGV[4] ~= '' and (c[2] ~= ARGV[4] or c[3] == '1') then return 'superseded' end
if phase ~= 'scheduled' and phase ~= 'queued' and phase ~= 'running' then return 'ended' end
redis.call('HSET', KEYS[1], 'phase', ARGV[1], 'reason', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
note_change(KEYS[1], KEYS[2], ARGV[3])
finish_if_settled(KEYS[1], KEYS[3], KEYS[2], now_in_ms())
return 'changed'
