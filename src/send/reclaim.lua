-- Writes a claim again that a restarted Redis may have forgotten: whoever is unclaimed in the ledger and was claimed
-- a moment ago may have the mail.
-- KEYS: 1 batch, 2 settled
-- ARGV: 1 claim number, 2 positions in the batch (from 0), comma-separated, 3 batch number
-- Returns how many entries were claimed again
--@include ../core/entries.lua
local states = read_states(KEYS[1])
if not states then
  -- Its planning was forgotten with it: the claim is left where the planner finds it when it plans the batch again.
  if redis.call('GETBIT', KEYS[2], ARGV[3]) == 0 then
    local before = redis.call('HGET', KEYS[1], 'again')
    redis.call('HSET', KEYS[1], 'again', (before and before .. ';' or '') .. ARGV[1] .. '=' .. ARGV[2])
    redis.call('EXPIRE', KEYS[1], 86400)
  end
  return 0
end
local again = 0
for position in string.gmatch(ARGV[2], '%d+') do
  local i = tonumber(position) + 1
  if states[i] == '.' then
    states[i] = 'c' .. ARGV[1]
    again = again + 1
  end
end
-- By this clock, as every age of a claim; later than it was, which is on the safe side.
if again > 0 then redis.call('HSET', KEYS[1], 's', table.concat(states, ','), 'k' .. ARGV[1], now_in_ms()) end
return again
