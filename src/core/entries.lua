-- The ledger of a batch, as every script that changes it handles it. The states are listed in send/ledger.ts:
-- '.' unclaimed, c<claim> claimed, ?<claim> in doubt, a<claim> accepted, r<claim> rejected, s<letter> skipped,
-- x cancelled, p dropped.
--@include ./finish.lua
local SKIPPED = { k = 'skipped:blocked', c = 'skipped:complained', b = 'skipped:bounced', u = 'skipped:unsubscribed' }
local COUNTER = { a = 'accepted', r = 'rejected', x = 'cancelled', p = 'dropped', ['?'] = 'inDoubt', ['.'] = 'pending',
  c = 'pending' }

-- The counter of the campaign in which an entry of that state is. Most entries of a batch have the same state, and
-- strings cost more than anything else here, so each is looked at once.
local counters = {}
local function counter_of(state)
  local known = counters[state]
  if known then return known end
  local first = string.sub(state, 1, 1)
  known = first == 's' and SKIPPED[string.sub(state, 2, 2)] or COUNTER[first]
  counters[state] = known
  return known
end

-- The states of a batch, from its first entry to its last, of a text of runs: 'state' or 'state*count', comma-separated.
-- Without a text nobody of them was tried.
local function states_of(text, size)
  local states = {}
  for run in string.gmatch(text or ('.*' .. size), '[^,]+') do
    local state, count = string.match(run, '^(.-)%*(%d+)$')
    state = state or run
    for _ = 1, tonumber(count or 1) do states[#states + 1] = state end
  end
  return states
end

local function states_text(states)
  local runs, at = {}, 1
  while at <= #states do
    local state, first = states[at], at
    while states[at + 1] == state do at = at + 1 end
    runs[#runs + 1] = at == first and state or state .. '*' .. (at - first + 1)
    at = at + 1
  end
  return table.concat(runs, ',')
end

-- The states of a batch; nil where it is settled.
local function read_states(batch)
  local b = redis.call('HMGET', batch, 's', 'n')
  return b[2] and states_of(b[1], b[2]) or nil
end

-- The counters of the campaign after these changes, and its rate, in one write. True where nobody is left who has no end.
local function write_counters(campaign, deltas, now)
  local names = { 'pending', 'inDoubt', 'rate', 'rateAt' }
  for name in pairs(deltas) do
    if name ~= 'pending' and name ~= 'inDoubt' then names[#names + 1] = name end
  end
  local values, count, fields = redis.call('HMGET', campaign, unpack(names)), {}, {}
  for i, name in ipairs(names) do count[name] = tonumber(values[i] or 0) + (deltas[name] or 0) end
  for name, delta in pairs(deltas) do
    if delta ~= 0 then
      fields[#fields + 1] = name
      -- Written out, since a number of Lua's would become 1e+15 some day.
      fields[#fields + 1] = string.format('%.0f', count[name])
    end
  end
  if (deltas.accepted or 0) > 0 then
    -- Recipients a second, as an exponential average over about five seconds.
    local passed = math.max(now - tonumber(values[4] or now), 0)
    local rate = count.rate * math.exp(-passed / 5000) + deltas.accepted / 5
    for _, text in ipairs({ 'rate', rate, 'rateAt', now }) do fields[#fields + 1] = text end
  end
  if #fields > 0 then redis.call('HSET', campaign, unpack(fields)) end
  return count.pending <= 0 and count.inDoubt <= 0
end

-- What follows for a batch whose entries have changed: counters, its place, the end of the campaign.
-- k: campaign, batch, outstanding, settled, outbox, doubtful, open (keys); number: of the batch; deltas: by counter;
-- left: open, doubtful, kept where some entry is so now, was_doubtful where one was in doubt before, and the states, unless
-- all is settled. True where the campaign has finished.
local function write_batch(k, number, deltas, left)
  local now = now_in_ms()
  local is_all_settled = write_counters(k.campaign, deltas, now)
  if left.states then
    redis.call('HSET', k.batch, 's', states_text(left.states))
    local held = {}
    for _, state in ipairs(left.states) do held[state] = true end
    -- The time of a claim is kept as long as somebody is claimed or in doubt under it.
    for _, field in ipairs(redis.call('HKEYS', k.batch)) do
      local claim = string.match(field, '^k(.+)$')
      if claim and not held['c' .. claim] and not held['?' .. claim] then redis.call('HDEL', k.batch, field) end
    end
  end
  -- Only a batch in which somebody was in doubt can be among the doubtful ones.
  if left.was_doubtful and (left.open or not left.doubtful) then redis.call('ZREM', k.doubtful, number) end
  if left.open then
    redis.call('ZADD', k.outstanding, 'NX', now, number)
  else
    redis.call('ZREM', k.outstanding, number)
    if left.doubtful then
      redis.call('ZADD', k.doubtful, 'NX', now, number)
    else
      redis.call('SETBIT', k.settled, number, 1)
      -- Who was dropped may still turn out to have been sent to, so that ledger stays for 30 days, without its payload.
      if left.kept then
        redis.call('HDEL', k.batch, 'p')
        redis.call('EXPIRE', k.batch, 2592000)
      else
        redis.call('DEL', k.batch)
      end
    end
  end
  return is_all_settled and finish_if_settled(k.campaign, k.open, k.outbox, now)
end

-- Writes states and what follows from them.
-- k, number: as above; states: as they were, changed in place; after: new states by index. True where the campaign has finished.
local function write_states(k, number, states, after)
  local deltas, left = {}, {}
  for i, before in ipairs(states) do
    local state = after[i]
    if state then
      local from, to = counter_of(before), counter_of(state)
      if from ~= to then
        deltas[from] = (deltas[from] or 0) - 1
        deltas[to] = (deltas[to] or 0) + 1
      end
      states[i] = state
    end
    if string.sub(before, 1, 1) == '?' then left.was_doubtful = true end
    local first = string.sub(states[i], 1, 1)
    if first == '.' or first == 'c' then left.open = true
    elseif first == '?' then left.doubtful = true
    elseif first == 'p' then left.kept = true end
  end
  if left.open or left.doubtful or left.kept then left.states = states end
  return write_batch(k, number, deltas, left)
end
