-- Removes suppressions from one hash; a list that is empty then is struck from the senders.
-- Run again it changes nothing, and finds nothing to remove.
-- KEYS: 1 hash from normal address to lines, one a reason (entry.ts), 2 senders that have a list
-- ARGV: 1 the sender whose list the hash is, empty for the hash that counts everywhere,
--       2 letters of the reasons to remove, 3… addresses, each once
-- Returns for each address how many lines were removed
local letters = ARGV[2]

-- The lines of a value that stay, and how many went.
local function without(value)
  local lines, gone = {}, 0
  for line in string.gmatch(value, '[^\n]+') do
    if string.find(letters, string.sub(line, 1, 1), 1, true) then
      gone = gone + 1
    else
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, '\n'), gone
end

local asked = {}
for i = 3, #ARGV do asked[#asked + 1] = ARGV[i] end
if #asked == 0 then return {} end
local stored = redis.call('HMGET', KEYS[1], unpack(asked))

local counts, deletes, writes = {}, {}, {}
for i, address in ipairs(asked) do
  local rest, gone = '', 0
  if stored[i] then rest, gone = without(stored[i]) end
  if gone > 0 and rest == '' then
    deletes[#deletes + 1] = address
  elseif gone > 0 then
    writes[#writes + 1] = address
    writes[#writes + 1] = rest
  end
  counts[i] = gone
end
if #deletes > 0 then redis.call('HDEL', KEYS[1], unpack(deletes)) end
if #writes > 0 then redis.call('HSET', KEYS[1], unpack(writes)) end
if ARGV[1] ~= '' and redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return counts
