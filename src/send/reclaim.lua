-- Writes a claim again that a restarted Redis may have forgotten: whoever is unclaimed in the ledger and was claimed
-- a moment ago may have the mail.
-- KEYS: 1 batch, 2 settled
-- ARGV: 1 claim number, 2 positions in the batch (core/positions.lua), 3 batch number
-- Returns how many entries were claimed again
--@include ../core/entries.lua
--@include ../core/positions.lua
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
each_position(ARGV[2], function(position)
  if states[position + 1] == '.' then
    states[position + 1] = 'c' .. ARGV[1]
    again = again + 1
  end
end)
-- By this clock, as every age of a claim; later than it was, which is on the safe side.
if again > 0 then redis.call('HSET', KEYS[1], 's', states_text(states), 'k' .. ARGV[1], now_in_ms()) end
return again
