-- Writes down what became of entries: ledger, counters and log rows, in one step.
-- It checks everything first. Where an entry is no longer this claim's to settle, nothing is written and the answer
-- names it. Run twice, the second time changes nothing.
-- KEYS: 1 campaign, 2 batch, 3 outstanding, 4 settled, 5 outbox, 6 doubtful, 7 open campaigns, 8 begin of what is counted for the
--       project's mail from this sender (guard/count.lua), 9 index of what is counted; and where some are Gmail's, 10 what is counted
--       of that for the sender's organisational domain, 11 such domains, 12 bulk senders (identity/gmail-count.lua)
-- ARGV: 1 batch number, 2 block of log rows ('' for none), 3 the count that an entry which was put back adds to
--       ('t' a try of SES's own failing, 'w' a wait, '' none),
--       4 'verb:claim:positions' for each verb and claim (separated by ';'; core/positions.lua),
--       5 positions among those accepted that play a part in SES's simulator ('' for none): the guard does not count them,
--       6 positions among those accepted whose address is a personal Gmail one ('' for none), 7 the organisational domain of the
--       sender and 8 the sender, where there are some
--   verbs, and the states they settle:
--     a accepted   from any claim, in doubt, dropped, cancelled: final
--     r rejected   this claim's, or in doubt by it
--     b put back   this claim's, or in doubt by it
--     d in doubt   this claim's
--     sk sc sb su skipped (blocked, complained, bounced, unsubscribed), unclaimed
--     x cancelled  unclaimed
-- Returns { 'ok' | 'finished' } | { 'stale', positions } | { 'gone' }
--@include ../core/entries.lua
--@include ../core/positions.lua
--@include ../guard/count.lua
--@include ../identity/gmail-count.lua

-- What a verb makes of a state: nil where the entry is not to be settled so; the same state where it already is.
local function settler(verb, claim)
  local claimed, doubted = 'c' .. claim, '?' .. claim
  local function mine(state) return state == claimed or state == doubted end
  if verb == 'a' then
    local accepted = 'a' .. claim
    return function(state)
      if string.sub(state, 1, 1) ~= 'a' then return accepted end
      return state == accepted and state or nil
    end
  elseif verb == 'r' then
    local rejected = 'r' .. claim
    return function(state) return (mine(state) or state == rejected) and rejected or nil end
  elseif verb == 'b' then
    return function(state) return (mine(state) or state == '.') and '.' or nil end
  elseif verb == 'd' then
    return function(state) return mine(state) and doubted or nil end
  end
  -- Skipped and cancelled: only who was never claimed.
  return function(state) return (state == '.' or state == verb) and verb or nil end
end

local k = { campaign = KEYS[1], batch = KEYS[2], outstanding = KEYS[3], settled = KEYS[4], outbox = KEYS[5],
  doubtful = KEYS[6], open = KEYS[7] }

local function write_rows()
  if ARGV[2] ~= '' then redis.call('XADD', k.outbox, '*', 'b', ARGV[2]) end
end

-- Evidence for the doubt policy `auto`: what was accepted under the claims of one minute. A claim's number ends with it.
local function note_acceptances(state, count)
  local minute = string.match(state, '^a%w+%-%w+%-(%w+)$')
  if not minute then return end
  local flow = string.sub(k.outbox, 1, -7) .. 'flow:' .. minute
  -- Two days from the first of its minute on.
  if redis.call('HINCRBY', flow, 'a', count) == count then redis.call('EXPIRE', flow, 172800) end
end

-- The guard's share of an acceptance, and Gmail's.
local function count_sends(count, simulated, gmail)
  guard_count(KEYS[8], KEYS[9], { s = count - simulated }, now_in_ms())
  if simulated > 0 then redis.call('HINCRBY', k.campaign, 'simulated', simulated) end
  if gmail == 0 then return end
  gmail_count({ sent = KEYS[10], domains = KEYS[11], bulk = KEYS[12], outbox = k.outbox }, ARGV[7], ARGV[8], gmail, now_in_ms())
end

local function marked(positions)
  local set, size = {}, 0
  each_position(positions, function(position)
    set[position] = true
    size = size + 1
  end)
  return set, size
end

local batch = redis.call('HMGET', k.batch, 's', 'n')
if not batch[2] then return { 'gone' } end

local plays, players = marked(ARGV[5])
local at_gmail, gmails = marked(ARGV[6])

-- Nearly always SES has accepted the whole batch in one call: that needs no look at each entry.
local claim, last = string.match(ARGV[4], '^a:([%w-]*):0%-(%d+)$')
if claim and tonumber(last) + 1 == tonumber(batch[2]) and batch[1] == 'c' .. claim .. '*' .. batch[2] then
  local size = tonumber(batch[2])
  note_acceptances('a' .. claim, size)
  count_sends(size, players, gmails)
  write_rows()
  return { write_batch(k, ARGV[1], { pending = -size, accepted = size }, {}) and 'finished' or 'ok' }
end

local states, stale, after, accepted, sends, simulated, gmail = states_of(batch[1], batch[2]), {}, {}, {}, 0, 0, 0
local has_news = false
for verb, claim, positions in string.gmatch(ARGV[4], '(%a+):([%w-]*):([%d,-]+)') do
  local settled = settler(verb, claim)
  each_position(positions, function(position)
    local state = states[position + 1]
    local next_state = state and settled(state)
    if not next_state then
      stale[#stale + 1] = position
    elseif next_state ~= state then
      after[position + 1] = next_state
      if verb == 'a' then
        accepted[next_state] = (accepted[next_state] or 0) + 1
        sends = sends + 1
        if plays[position] then simulated = simulated + 1 end
        if at_gmail[position] then gmail = gmail + 1 end
      end
      has_news = true
    end
  end)
end
if #stale > 0 then
  table.sort(stale)
  return { 'stale', positions_text(stale) }
end
if not has_news then return { 'ok' } end

for state, count in pairs(accepted) do note_acceptances(state, count) end
if sends > 0 then count_sends(sends, simulated, gmail) end
write_rows()
if ARGV[3] ~= '' then redis.call('HINCRBY', k.batch, ARGV[3], 1) end
return { write_states(k, ARGV[1], states, after) and 'finished' or 'ok' }
