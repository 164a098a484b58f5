-- Claims entries of a batch for one SES call. From here on, only the holder of the claim's number may put them back
-- or reject them. Nobody is claimed unless the campaign is running, the log has room, and the address is not
-- suppressed at this moment.
-- Run twice with the same number it gives the same answer.
-- KEYS: 1 campaign, 2 batch, 3 suppressed everywhere, 4 unsubscribed from the sender, 5 outbox
-- ARGV: 1 claim number, 2 '1' where unsubscribed addresses are sent to on purpose, 3 outbox entries at which sending
--       holds, 4 positions in the batch (from 0), comma-separated
-- Returns { status, claimed positions (comma-separated), suppressed as 'position:letter' (comma-separated) }
--   status: claimed | paused | held | ended | backlog | gone
-- A reason that this version does not know counts as blocked.
local KNOWN = { k = 'k', c = 'c', b = 'b' }
local number = ARGV[1]
local batch = redis.call('HMGET', KEYS[2], 's', 'a')
-- A claim that is there already was made by this command's first copy, and holds whatever the flags say by now.
local mine = 'c' .. number
local is_resent = batch[1] and string.find(',' .. batch[1] .. ',', ',' .. mine .. ',', 1, true)
if not is_resent then
  local campaign = redis.call('HMGET', KEYS[1], 'phase', 'paused', 'held')
  if campaign[1] ~= 'running' then return { 'ended' } end
  if campaign[2] then return { 'paused' } end
  if campaign[3] then return { 'held' } end
  if redis.call('XLEN', KEYS[5]) >= tonumber(ARGV[3]) then return { 'backlog' } end
end
if not batch[2] then return { 'gone' } end
local addresses, states = {}, {}
for address in string.gmatch(batch[2], '[^\n]+') do addresses[#addresses + 1] = address end
if batch[1] then
  for state in string.gmatch(batch[1], '[^,]+') do states[#states + 1] = state end
else
  for i = 1, #addresses do states[i] = '.' end
end

local positions, asked = {}, {}
for position in string.gmatch(ARGV[4], '%d+') do
  positions[#positions + 1] = tonumber(position)
  asked[#asked + 1] = addresses[tonumber(position) + 1]
end
local everywhere = redis.call('HMGET', KEYS[3], unpack(asked))
local unsubscribed = redis.call('HMGET', KEYS[4], unpack(asked))

local claimed, suppressed, fresh = {}, {}, false
for i, position in ipairs(positions) do
  local state = states[position + 1]
  if state == mine then
    claimed[#claimed + 1] = position
  elseif state == '.' then
    -- The most severe line comes first in the value. The override lifts `unsubscribed` only.
    local letter = everywhere[i] and (KNOWN[string.sub(everywhere[i], 1, 1)] or 'k')
      or (ARGV[2] ~= '1' and unsubscribed[i] and 'u') or nil
    if letter then
      suppressed[#suppressed + 1] = position .. ':' .. letter
    elseif not is_resent then
      states[position + 1] = mine
      claimed[#claimed + 1] = position
      fresh = true
    end
  end
end
if fresh then
  local t = redis.call('TIME')
  redis.call('HSET', KEYS[2], 's', table.concat(states, ','), 'k' .. number, t[1] * 1000 + math.floor(t[2] / 1000))
end
return { 'claimed', table.concat(claimed, ','), table.concat(suppressed, ',') }
