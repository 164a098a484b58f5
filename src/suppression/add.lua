-- Adds suppressions to one hash. What an address has already for a reason stays as it is: the first entry counts.
-- Run again it changes nothing, and counts everything as already there.
-- KEYS: 1 hash from normal address to lines, one a reason, the most severe first (entry.ts), 2 senders that have a list
-- ARGV: 1 the sender whose list the hash is, empty for the hash that counts everywhere,
--       2… a line, the addresses that get it (joined by line breaks), the next line, its addresses, …
-- Returns how many lines were added
--@include ./lines.lua
local asked, lines = {}, {}
for i = 2, #ARGV, 2 do
  for address in string.gmatch(ARGV[i + 1], '[^\n]+') do
    asked[#asked + 1] = address
    lines[#lines + 1] = ARGV[i]
  end
end
if #asked == 0 then return 0 end
local stored = redis.call('HMGET', KEYS[1], unpack(asked))

-- An address may come twice in one call, so each line is laid over what the lines before it made.
local values, changed, added = {}, {}, 0
for i, address in ipairs(asked) do
  local line = lines[i]
  local before = values[address] or stored[i]
  local after = before and with_line(before, line) or (not before and line) or nil
  if after then
    if not values[address] then changed[#changed + 1] = address end
    values[address] = after
    added = added + 1
  end
end
if added == 0 then return 0 end

local writes = {}
for _, address in ipairs(changed) do
  writes[#writes + 1] = address
  writes[#writes + 1] = values[address]
end
redis.call('HSET', KEYS[1], unpack(writes))
if ARGV[1] ~= '' then redis.call('SADD', KEYS[2], ARGV[1]) end
return added
