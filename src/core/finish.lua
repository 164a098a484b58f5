--@include ./change.lua
-- Ends a campaign whose last recipient is settled, and writes its receipt into the log, in the script that settles it.
-- The whole audience is planned, nobody is pending and nobody is in doubt.
-- campaign: its hash; open: the set of campaigns that have not ended; outbox: the stream.
local function finish_if_settled(campaign, open, outbox, now_ms)
  local f = redis.call('HMGET', campaign, 'phase', 'planned_all', 'pending', 'inDoubt', 'finishedAt', 'id', 'project')
  if f[5] or tonumber(f[3] or 0) > 0 or tonumber(f[4] or 0) > 0 then return false end
  -- A campaign that failed or was cancelled is over as soon as what was planned is accounted for.
  if f[1] == 'running' and f[2] ~= '1' then return false end
  if f[1] ~= 'running' and f[1] ~= 'failed' and f[1] ~= 'cancelled' then return false end
  local phase = f[1] == 'running' and 'finished' or f[1]
  redis.call('HSET', campaign, 'phase', phase, 'finishedAt', now_ms)
  redis.call('SREM', open, f[6])
  -- An inline audience is of no more use, and may be megabytes.
  redis.call('UNLINK', campaign .. ':recipients', campaign .. ':link-columns')
  local counts = {}
  local names = { 'read', 'duplicate', 'invalid', 'planned', 'skipped:unsubscribed', 'skipped:bounced',
    'skipped:complained', 'skipped:blocked', 'accepted', 'rejected', 'cancelled', 'dropped' }
  local values = redis.call('HMGET', campaign, unpack(names))
  for i, name in ipairs(names) do counts[name] = tonumber(values[i] or 0) end
  note_change(campaign, outbox, cjson.encode({
    common = { campaign_id = f[6], project = f[7] },
    events = { { event_type = 'campaign_' .. (phase == 'finished' and 'finished' or 'ended'), event_time = now_ms,
      detail = { state = phase, counts = counts } } },
  }))
  return true
end

-- One instant for all that a script writes.
local script_now
local function now_in_ms()
  if not script_now then
    local t = redis.call('TIME')
    script_now = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  return script_now
end
