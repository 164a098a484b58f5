-- Writes down what became of entries: ledger, counters and log rows, in one step.
-- It checks everything first. Where an entry is no longer this claim's to settle, nothing is written and the answer
-- names it. Run twice, the second time changes nothing.
-- KEYS: 1 campaign, 2 batch, 3 outstanding, 4 settled, 5 outbox, 6 doubtful, 7 open campaigns
-- ARGV: 1 batch number, 2 block of log rows ('' for none), 3 the count that an entry which was put back adds to
--       ('t' a try of SES's own failing, 'w' a wait, '' none),
--       4 'position:verb:claim' (comma-separated)
--   verbs, and the states they settle:
--     a accepted   from any claim, in doubt, dropped, cancelled: final
--     r rejected   this claim's, or in doubt by it
--     b put back   this claim's, or in doubt by it
--     d in doubt   this claim's
--     sk sc sb su skipped (blocked, complained, bounced, unsubscribed), unclaimed
--     x cancelled  unclaimed
-- Returns { 'ok' | 'finished' } | { 'stale', positions } | { 'gone' }
--@include ../core/entries.lua

-- The state after the verb; nil where the entry is not to be settled so; the same state where it already is.
local function settled_state(state, verb, claim)
  local mine = state == 'c' .. claim or state == '?' .. claim
  if verb == 'a' then
    if string.sub(state, 1, 1) == 'a' then return state == 'a' .. claim and state or nil end
    return 'a' .. claim
  elseif verb == 'r' then
    if mine then return 'r' .. claim end
    return state == 'r' .. claim and state or nil
  elseif verb == 'b' then
    if mine then return '.' end
    return state == '.' and state or nil
  elseif verb == 'd' then
    if mine then return '?' .. claim end
    return nil
  end
  -- Skipped and cancelled: only who was never claimed.
  if state == '.' or state == verb then return verb end
  return nil
end

local states = read_states(KEYS[2])
if not states then return { 'gone' } end

local stale, after = {}, {}
for position, verb, claim in string.gmatch(ARGV[4], '(%d+):(%a+):([%w-]*)') do
  local i = tonumber(position) + 1
  local next_state = states[i] and settled_state(states[i], verb, claim)
  if not next_state then
    stale[#stale + 1] = position
  elseif next_state ~= states[i] then
    after[i] = next_state
  end
end
if #stale > 0 then return { 'stale', table.concat(stale, ',') } end
if next(after) == nil then return { 'ok' } end

-- Evidence for the doubt policy `auto`: what was accepted under the claims of one minute. A claim's number ends with it.
local accepted = {}
for _, state in pairs(after) do
  local minute = string.match(state, '^a%w+%-%w+%-(%w+)$')
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
