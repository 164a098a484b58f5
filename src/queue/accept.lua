-- Takes a campaign in, once: its id is unique for ever.
-- KEYS: 1 campaign, 2 definition, 3 inline recipients, 4 index of campaigns, 5 open campaigns, 6 outbox
-- ARGV: 1 id, 2 digest of the content, 3 definition, 4 inline recipients ('' for none), 5 project, 6 name, 7 category,
--       8 block of log rows, 9 when it may begin (ms; 0 for at once), 10 doubt policy, 11 From address (normal), 12 and 13 the
--       campaign's own limits of bounces and complaints ('' for none), 14 how its canary is judged (JSON; '' for none)
-- Returns { 'accepted' | 'known' | 'different', phase }
--@include ../core/finish.lua
local known = redis.call('HMGET', KEYS[1], 'digest', 'phase')
if known[1] then return { known[1] == ARGV[2] and 'known' or 'different', known[2] } end
local now = now_in_ms()
local phase = tonumber(ARGV[9]) > now and 'scheduled' or 'queued'
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'digest', ARGV[2], 'project', ARGV[5], 'name', ARGV[6], 'category', ARGV[7],
  'phase', phase, 'createdAt', now, 'epoch', 0, 'next', 0, 'doubt', ARGV[10],
  'sender', ARGV[11])
if ARGV[12] ~= '' then redis.call('HSET', KEYS[1], 'bounceRate', ARGV[12]) end
if ARGV[13] ~= '' then redis.call('HSET', KEYS[1], 'complaintRate', ARGV[13]) end
if phase == 'scheduled' then redis.call('HSET', KEYS[1], 'sendAt', ARGV[9]) end
if ARGV[14] ~= '' then
  redis.call('HSET', KEYS[1], 'canary', ARGV[14], 'canary:state', 'open')
  local size = cjson.decode(ARGV[14]).recipients
  if size then redis.call('HSET', KEYS[1], 'canary:upTo', size, 'canary:size', size) end
end
redis.call('SET', KEYS[2], ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4]) end
redis.call('ZADD', KEYS[4], now, ARGV[1])
redis.call('SADD', KEYS[5], ARGV[1])
note_change(KEYS[1], KEYS[6], ARGV[8])
return { 'accepted', phase }
