-- The ledger of a batch, as every script that changes it handles it. The states are listed in send/ledger.ts:
-- '.' unclaimed, c<claim> claimed, ?<claim> in doubt, a<claim> accepted, r<claim> rejected, s<letter> skipped,
-- x cancelled, p dropped.
--@include ./finish.lua
local SKIPPED = { k = 'skipped:blocked', c = 'skipped:complained', b = 'skipped:bounced', u = 'skipped:unsubscribed' }
local COUNTER = { a = 'accepted', r = 'rejected', x = 'cancelled', p = 'dropped', ['?'] = 'inDoubt', ['.'] = 'pending',
  c = 'pending' }

-- The counter of the campaign in which an entry of that state is.
local function counter_of(state)
  local first = string.sub(state, 1, 1)
  if first == 's' then return SKIPPED[string.sub(state, 2, 2)] end
  return COUNTER[first]
end

-- The states of a batch, from its first entry to its last; nil where the batch is settled.
local function read_states(batch)
  local b = redis.call('HMGET', batch, 's', 'n')
  if not b[2] then return nil end
  local states = {}
  if b[1] then
    for state in string.gmatch(b[1], '[^,]+') do states[#states + 1] = state end
  else
    for i = 1, tonumber(b[2]) do states[i] = '.' end
  end
  return states
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

-- Writes states and what follows from them: counters, the place of the batch, the end of the campaign.
-- k: campaign, batch, outstanding, settled, outbox, doubtful, open (keys); number: of the batch;
-- states: as they were, changed in place; after: new states by index. True where the campaign has finished.
local function write_states(k, number, states, after)
  local now, deltas = now_in_ms(), {}
  -- Only a batch in which somebody was in doubt can be among the doubtful ones.
  local was_doubtful = false
  for _, state in ipairs(states) do
    if string.sub(state, 1, 1) == '?' then was_doubtful = true end
  end
  for i, state in pairs(after) do
    local from, to = counter_of(states[i]), counter_of(state)
    if from ~= to then
      deltas[from] = (deltas[from] or 0) - 1
      deltas[to] = (deltas[to] or 0) + 1
    end
    states[i] = state
  end
  local is_all_settled = write_counters(k.campaign, deltas, now)

  local open, doubtful, kept, claims = false, false, false, {}
  for _, state in ipairs(states) do
    local first = string.sub(state, 1, 1)
    if first == '.' or first == 'c' then open = true
    elseif first == '?' then doubtful = true
    elseif first == 'p' then kept = true end
    if first == 'c' or first == '?' then claims['k' .. string.sub(state, 2)] = true end
  end
  if open or doubtful or kept then
    redis.call('HSET', k.batch, 's', table.concat(states, ','))
    -- The time of a claim is kept as long as somebody is claimed or in doubt under it.
    for _, field in ipairs(redis.call('HKEYS', k.batch)) do
      if string.sub(field, 1, 1) == 'k' and not claims[field] then redis.call('HDEL', k.batch, field) end
    end
  end
  if open then
    if was_doubtful then redis.call('ZREM', k.doubtful, number) end
    redis.call('ZADD', k.outstanding, 'NX', now, number)
  else
    redis.call('ZREM', k.outstanding, number)
    if doubtful then
      redis.call('ZADD', k.doubtful, 'NX', now, number)
    else
      if was_doubtful then redis.call('ZREM', k.doubtful, number) end
      redis.call('SETBIT', k.settled, number, 1)
      -- Who was dropped may still turn out to have been sent to, so that ledger stays for 30 days, without its payload.
      if kept then
        redis.call('HDEL', k.batch, 'p')
        redis.call('EXPIRE', k.batch, 2592000)
      else
        redis.call('DEL', k.batch)
      end
    end
  end
  return is_all_settled and finish_if_settled(k.campaign, k.open, k.outbox, now)
end
