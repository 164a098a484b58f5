-- Claims entries of a batch for one SES call. From here on, only the holder of the claim's number may put them back
-- or reject them. Nobody is claimed unless the campaign is running, the log has room, and the address is not
-- suppressed at this moment.
-- Run twice with the same number it gives the same answer.
-- KEYS: 1 campaign, 2 batch, 3 suppressed everywhere, 4 unsubscribed from the sender, 5 outbox
-- ARGV: 1 claim number, 2 '1' where unsubscribed addresses are sent to on purpose, 3 outbox entries at which sending
--       holds, 4 positions in the batch (core/positions.lua)
-- Returns { status, claimed positions (core/positions.lua), suppressed as 'position:letter' (comma-separated), addresses and
--   payload of the whole batch, entries in the outbox }
--   status: claimed | paused | held | ended | backlog | gone
--@include ../core/entries.lua
--@include ../core/positions.lua
--@include ./suppressed.lua
local number, mine = ARGV[1], 'c' .. ARGV[1]
local batch = redis.call('HMGET', KEYS[2], 's', 'a', 'n', 'p')
-- A batch that nobody has touched has no states.
local states = batch[1] and batch[2] and states_of(batch[1], batch[3])
-- A claim that is there already was made by this command's first copy, and holds whatever the flags say by now.
local is_resent, backlog = false, redis.call('XLEN', KEYS[5])
for _, state in ipairs(states or {}) do is_resent = is_resent or state == mine end
if not is_resent then
  local campaign = redis.call('HMGET', KEYS[1], 'phase', 'paused', 'held')
  if campaign[1] ~= 'running' then return { 'ended' } end
  if campaign[2] then return { 'paused' } end
  if campaign[3] then return { 'held' } end
  if backlog >= tonumber(ARGV[3]) then return { 'backlog' } end
end
-- Without a payload it is settled, and only kept for what may come late.
if not batch[4] then return { 'gone' } end

local addresses = addresses_of(batch[2])
local function write(text)
  redis.call('HSET', KEYS[2], 's', text, 'k' .. number, now_in_ms())
end

-- Nearly always it is the whole of a new batch, and nobody in it is suppressed: that needs no look at each entry.
local letters
if not states and ARGV[4] == '0-' .. (#addresses - 1) then
  letters = suppressed_among(addresses, KEYS[3], KEYS[4], ARGV[2])
  if next(letters) == nil then
    write(mine .. '*' .. #addresses)
    return { 'claimed', ARGV[4], '', batch[2], batch[4], backlog }
  end
end

states = states or states_of(nil, batch[3])
local positions, asked = {}, {}
each_position(ARGV[4], function(position)
  positions[#positions + 1] = position
  asked[#asked + 1] = addresses[position + 1]
end)
letters = letters or suppressed_among(asked, KEYS[3], KEYS[4], ARGV[2])

local claimed, suppressed, fresh = {}, {}, false
for i, position in ipairs(positions) do
  local state = states[position + 1]
  if state == mine then
    claimed[#claimed + 1] = position
  elseif state == '.' then
    if letters[i] then
      suppressed[#suppressed + 1] = position .. ':' .. letters[i]
    elseif not is_resent then
      states[position + 1] = mine
      claimed[#claimed + 1] = position
      fresh = true
    end
  end
end
if fresh then write(states_text(states)) end
return { 'claimed', positions_text(claimed), table.concat(suppressed, ','), batch[2], batch[4], backlog }
