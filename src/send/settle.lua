-- Writes down what became of entries: ledger, counters and log rows, in one step.
-- It checks everything first. Where an entry is no longer this claim's to settle, nothing is written and the answer
-- names it. Run twice, the second time changes nothing.
-- KEYS: 1 campaign, 2 batch, 3 outstanding, 4 settled, 5 outbox, 6 doubtful, 7 open campaigns
-- ARGV: 1 batch number, 2 block of log rows ('' for none), 3 the count that an entry which was put back adds to
--       ('t' a try of SES's own failing, 'w' a wait, '' none),
--       4 'verb:claim:positions' for each verb and claim (separated by ';'; core/positions.lua)
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

local states = read_states(KEYS[2])
if not states then return { 'gone' } end

local stale, after, has_news = {}, {}, false
for verb, claim, positions in string.gmatch(ARGV[4], '(%a+):([%w-]*):([%d,-]+)') do
  local settled = settler(verb, claim)
  each_position(positions, function(position)
    local state = states[position + 1]
    local next_state = state and settled(state)
    if not next_state then
      stale[#stale + 1] = position
    elseif next_state ~= state then
      after[position + 1] = next_state
      has_news = true
    end
  end)
end
if #stale > 0 then
  table.sort(stale)
  return { 'stale', positions_text(stale) }
end
if not has_news then return { 'ok' } end

-- Evidence for the doubt policy `auto`: what was accepted under the claims of one minute. A claim's number ends with it.
local accepted, minutes = {}, {}
for _, state in pairs(after) do
  local minute = minutes[state]
  if minute == nil then
    minute = string.match(state, '^a%w+%-%w+%-(%w+)$') or false
    minutes[state] = minute
  end
  if minute then accepted[minute] = (accepted[minute] or 0) + 1 end
end
for minute, count in pairs(accepted) do
  local flow = string.sub(KEYS[5], 1, -7) .. 'flow:' .. minute
  -- Two days from the first of its minute on.
  if redis.call('HINCRBY', flow, 'a', count) == count then redis.call('EXPIRE', flow, 172800) end
end

if ARGV[2] ~= '' then redis.call('XADD', KEYS[5], '*', 'b', ARGV[2]) end
if ARGV[3] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[3], 1) end
local k = { campaign = KEYS[1], batch = KEYS[2], outstanding = KEYS[3], settled = KEYS[4], outbox = KEYS[5],
  doubtful = KEYS[6], open = KEYS[7] }
return { write_states(k, ARGV[1], states, after) and 'finished' or 'ok' }
