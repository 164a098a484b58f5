-- Ends a campaign before its time: it failed, or was cancelled. No claim happens once this has returned; what was
-- planned and not claimed is then settled as cancelled, batch by batch.
-- KEYS: 1 campaign, 2 outbox, 3 open campaigns
-- ARGV: 1 phase ('failed' | 'cancelled'), 2 reason, 3 block of log rows
-- Returns 'changed' | 'ended' | 'missing'
--@include ../core/finish.lua
local phase = redis.call('HGET', KEYS[1], 'phase')
if not phase then return 'missing' end
if phase ~= 'scheduled' and phase ~= 'queued' and phase ~= 'running' then return 'ended' end
redis.call('HSET', KEYS[1], 'phase', ARGV[1], 'reason', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('XADD', KEYS[2], '*', 'b', ARGV[3])
finish_if_settled(KEYS[1], KEYS[3], KEYS[2], now_in_ms())
return 'changed'
