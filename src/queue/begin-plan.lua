-- Makes the caller the campaign's planner: from now on only commits with this epoch count, so a planner that was
-- stopped and wakes up changes nothing.
-- A campaign that a rule of the guard forbids is held, before its first mail.
-- KEYS: 1 campaign, 2 outbox, 3 begin of the guard's keys, 4 begin of projects' keys
-- ARGV: 1 block of log rows for the campaign's start, 2 rules of the guard (JSON)
-- Returns { 'missing' | 'ended' | 'paused' | 'held' | 'planned' | 'canary' } or { 'scheduled', ms until it may begin }
--      or { 'plan', epoch, checkpoint, next batch, fingerprint of the source, sections of jobs, how many more people may be planned }
--   canary: the first of the audience are planned, and the others wait for what is heard of them
--   how many more: '' where all may, '?' where it is a share of a list that nobody has counted yet
--@include ../core/finish.lua
--@include ../guard/judge.lua
local c = redis.call('HMGET', KEYS[1], 'phase', 'paused', 'held', 'planned_all', 'checkpoint', 'next', 'fingerprint', 'startedAt', 'sendAt', 'jobs',
  'canary', 'canary:state', 'canary:upTo', 'planned')
if not c[1] then return { 'missing' } end
if c[1] ~= 'scheduled' and c[1] ~= 'queued' and c[1] ~= 'running' then return { 'ended' } end
if c[2] then return { 'paused' } end
if c[3] then return { 'held' } end
local now = now_in_ms()
if c[1] == 'scheduled' and tonumber(c[9]) > now then return { 'scheduled', tonumber(c[9]) - now } end
local judged, rules = guard_campaign(KEYS[1]), cjson.decode(ARGV[2])
local project = guard_project(KEYS[4] .. judged.project, rules)
if guard_judge(judged, project, rules, guard_sums_of(judged, KEYS[3], {}, rules, now), KEYS[2], now) then return { 'held' } end
if c[1] ~= 'running' then
  redis.call('HSET', KEYS[1], 'phase', 'running')
  if not c[8] then
    redis.call('HSET', KEYS[1], 'startedAt', now)
    note_change(KEYS[1], KEYS[2], ARGV[1])
  end
end
if c[4] == '1' then return { 'planned' } end
local left = ''
if c[11] and c[12] ~= 'passed' then
  left = c[13] and tonumber(c[13]) - tonumber(c[14] or 0) or '?'
  if left ~= '?' and left <= 0 then return { 'canary' } end
end
return { 'plan', redis.call('HINCRBY', KEYS[1], 'epoch', 1), c[5] or '', tonumber(c[6] or 0), c[7] or '', c[10] or '', left }
