-- The rules of the guard (rules.ts has their figures), and what a rule that is broken does to a campaign.
--@include ./count.lua
local GUARD_FIELDS = { 'id', 'phase', 'project', 'sender', 'held', 'accepted', 'simulated', 'bounceRate', 'complaintRate',
  'lifted:bounces', 'lifted:complaints', 'lifted:spam', 'startedAt', 'guard:b', 'guard:c' }
local GUARD_MEASURES = {
  { name = 'bounces', letter = 'b', limit = 'bounceRate', said = 'bounced hard' },
  { name = 'complaints', letter = 'c', limit = 'complaintRate', said = 'were called spam' },
}

-- A campaign as the rules look at it; nil where there is none.
local function guard_campaign(key)
  local values, c = redis.call('HMGET', key, unpack(GUARD_FIELDS)), { key = key }
  for i, name in ipairs(GUARD_FIELDS) do c[name] = values[i] or nil end
  c.sender = c.sender or ''
  return c.id and c or nil
end

-- The limits that hold for a project; those of a campaign go before them.
local function guard_project(key, rules)
  local p = redis.call('HMGET', key, 'bounceRate', 'complaintRate')
  return { bounceRate = tonumber(p[1] or rules.bounceRate), complaintRate = tonumber(p[2] or rules.complaintRate) }
end

local function guard_percent(share)
  -- Three figures that say something, and no zeros behind them.
  local text = string.format(share < 0.01 and '%.3f' or '%.2f', share * 100)
  return (string.gsub(string.gsub(text, '0+$', ''), '%.$', '')) .. ' %'
end

local function guard_figure(number)
  local text = string.format('%.0f', number)
  local grouped = string.reverse((string.gsub(string.reverse(text), '(%d%d%d)', '%1,')))
  return (string.gsub(grouped, '^,', ''))
end

local GUARD_OF = {
  hour = function(c) return 'of the last hour\'s mail of project ' .. c.project .. ' from ' .. c.sender end,
  week = function(c) return 'of the last 7 days\' mail of project ' .. c.project .. ' from ' .. c.sender end,
  campaign = function() return 'of this campaign\'s mail' end,
}

-- A limit that is reached is kept; a warning says that it is reached nearly.
local function guard_is_beyond(count, sends, limit, share)
  if share == 1 then return count > sends * limit end
  return count >= sends * limit * share
end

-- The newest spam rate that Google's Postmaster Tools gave for the domain of a sender, or for a domain above it, as the organisational
-- one is: the highest of those that are not too old; nil where there is none. One read, and no list of public suffixes.
local function guard_spam(prefix, sender, rules, now_ms)
  local domain, domains = string.match(sender, '@(.+)$'), {}
  while domain do
    domains[#domains + 1] = domain
    domain = string.match(domain, '^[^.]+%.(.+%..+)$')
  end
  if #domains == 0 then return nil end
  local figures, today, worst = redis.call('HMGET', prefix .. ':spam', unpack(domains)), math.floor(now_ms / 86400000), nil
  for i, name in ipairs(domains) do
    local day, rate, date = string.match(figures[i] or '', '^(%d+):([^:]+):(.+)$')
    local is_new = day and tonumber(day) >= today - rules.spamDays
    if is_new and (not worst or tonumber(rate) > worst.rate) then
      worst = { domain = name, rate = tonumber(rate), date = date }
    end
  end
  return worst
end

-- The finding of that rule; nil where it is kept. A rate at the limit breaks it.
local function guard_spam_finding(c, spam, rules, share)
  if not spam or c['lifted:spam'] or spam.rate < (share == 1 and rules.spamRate or rules.spamWarnRate) then return nil end
  local said = guard_percent(spam.rate) .. ' of the mail from ' .. spam.domain .. ' to Gmail was called spam on ' .. spam.date
    .. ' (Google Postmaster Tools), and campaigns are held from ' .. guard_percent(rules.spamRate) .. ' on'
  return { rule = 'gmail', measure = 'spam', rate = spam.rate, limit = rules.spamRate, domain = spam.domain, date = spam.date,
    said = said }
end

-- All that keeps a campaign from sending, or nearly does: figures and a sentence each. `share`: of the limit, from which on it counts.
local function guard_findings(c, project, rules, sums, share)
  local findings = {}
  for _, measure in ipairs(GUARD_MEASURES) do
    local own = tonumber(c[measure.limit])
    local limit = own or project[measure.limit]
    for _, rule in ipairs({ 'hour', 'week', 'campaign' }) do
      local s = sums[rule]
      -- A campaign is only judged by its own figures where it has a limit of its own.
      local is_judged = s and not c['lifted:' .. measure.name] and (rule ~= 'campaign' or own)
        and s.s >= (rule == 'hour' and rules.hourSendsMin or rules.expectedMin / limit)
      local count = is_judged and s[measure.letter]
      if is_judged and guard_is_beyond(count, s.s, limit, share) then
        local said = guard_percent(count / s.s) .. ' ' .. GUARD_OF[rule](c) .. ' ' .. measure.said .. ': '
          .. guard_figure(count) .. ' of ' .. guard_figure(s.s) .. ', and the limit is ' .. guard_percent(limit)
        findings[#findings + 1] = { rule = rule, measure = measure.name, count = count, sends = s.s, rate = count / s.s,
          limit = limit, said = said }
      end
    end
  end
  findings[#findings + 1] = guard_spam_finding(c, sums.spam, rules, share)
  return findings
end

-- The sums that a campaign is judged by: its own, the last hour's, and before its start the last seven days'.
-- And what Google says of its sender's domain.
-- cache: sums by the begin of their keys, so that campaigns of one sender share them
local function guard_sums_of(c, prefix, cache, rules, now_ms)
  local base = prefix .. c.project .. ':' .. c.sender
  local known = cache[base] or { hour = guard_hour(base, now_ms), spam = guard_spam(prefix, c.sender, rules, now_ms) }
  cache[base] = known
  local sums = { hour = known.hour, spam = known.spam, campaign = { s = tonumber(c.accepted or 0) - tonumber(c.simulated or 0),
    b = tonumber(c['guard:b'] or 0), c = tonumber(c['guard:c'] or 0) } }
  if not c.startedAt then
    known.week = known.week or guard_week(base, now_ms)
    sums.week = known.week
  end
  return sums
end

local function guard_row(c, outbox, event_type, detail, now_ms)
  note_change(c.key, outbox, cjson.encode({
    common = { campaign_id = c.id, project = c.project },
    events = { { event_type = event_type, event_time = now_ms, detail = detail } },
  }))
end

-- Holds a campaign for what was found. Once this is written, nobody of it is claimed. A hold that waits for an operator
-- already stays as it is; one that would lift itself gives way. True where the campaign is held for it now.
local function guard_hold(c, finding, outbox, now_ms)
  if c.held then
    local is_read, held = pcall(cjson.decode, c.held)
    -- Doubt is decided without a look at the guard, so that its hold gives way as well, and comes back where there is still some.
    local waits = is_read and held.code ~= 'DOUBT' and (held['until'] == nil or held['until'] == cjson.null)
    if waits then return false end
  end
  local said, detail = finding.said, { code = 'GUARD', ['until'] = cjson.null }
  for _, name in ipairs({ 'rule', 'measure', 'count', 'sends', 'rate', 'limit', 'domain', 'date' }) do detail[name] = finding[name] end
  detail.reason = said
  redis.call('HSET', c.key, 'held', cjson.encode(detail))
  guard_row(c, outbox, 'campaign_held', detail, now_ms)
  return true
end

-- Judges a campaign that has not ended: held where a rule is broken, and warned of, once for each rule, where it is near.
-- Returns the finding where it is held for it from now on.
local function guard_judge(c, project, rules, sums, outbox, now_ms)
  local finding = guard_findings(c, project, rules, sums, 1)[1]
  if finding then return guard_hold(c, finding, outbox, now_ms) and finding or nil end
  for _, near in ipairs(guard_findings(c, project, rules, sums, rules.warnShare)) do
    if redis.call('HSETNX', c.key, 'warned:' .. near.rule .. ':' .. near.measure, now_ms) == 1 then
      guard_row(c, outbox, 'campaign_guard_warning', { rule = near.rule, measure = near.measure, count = near.count,
        sends = near.sends, rate = near.rate, limit = near.limit, domain = near.domain, date = near.date, reason = near.said }, now_ms)
    end
  end
  return nil
end
