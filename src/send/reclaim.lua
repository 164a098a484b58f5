-- Writes a claim again that a restarted Redis may have forgotten: whoever is unclaimed in the ledger and was claimed
-- a moment ago may have the mail.
-- KEYS: 1 batch
-- ARGV: 1 claim number, 2 positions in the batch (from 0), comma-separated, 3 when it was claimed (ms)
-- Returns how many entries were claimed again
--@include ../core/entries.lua
local states = read_states(KEYS[1])
if not states then return 0 end
local again = 0
for position in string.gmatch(ARGV[2], '%d+') do
  local i = tonumber(position) + 1
  if states[i] == '.' then
    states[i] = 'c' .. ARGV[1]
    again = again + 1
  end
end
if again > 0 then redis.call('HSET', KEYS[1], 's', table.concat(states, ','), 'k' .. ARGV[1], ARGV[3]) end
return again
