-- Opens a batch for a run: what is left to do, and who is suppressed already (only to save work: the claim decides).
-- Reads only.
-- KEYS: 1 campaign, 2 batch, 3 suppressed everywhere, 4 unsubscribed from the sender
-- Returns { status, states, addresses, payload, tries, waits, accepted by the campaign,
--   everywhere, unsubscribed }
--   status: running | paused | held | ended | gone
local batch = redis.call('HMGET', KEYS[2], 's', 'a', 'p', 't', 'w')
-- Without a payload it is settled, and only kept for what may come late.
if not batch[3] then return { 'gone' } end
local campaign = redis.call('HMGET', KEYS[1], 'phase', 'paused', 'held', 'accepted')
local status = campaign[1] or 'ended'
if status ~= 'running' then status = 'ended'
elseif campaign[2] then status = 'paused'
elseif campaign[3] then status = 'held' end

local addresses = {}
for address in string.gmatch(batch[2], '[^\n]+') do addresses[#addresses + 1] = address end
local everywhere = redis.call('HMGET', KEYS[3], unpack(addresses))
local unsubscribed = redis.call('HMGET', KEYS[4], unpack(addresses))
-- A missing value ends a Lua table that is returned as a list, so absent is the empty string.
for i = 1, #addresses do
  everywhere[i] = everywhere[i] or ''
  unsubscribed[i] = unsubscribed[i] or ''
end
return { status, batch[1] or '', batch[2], batch[3] or '', tonumber(batch[4] or 0), tonumber(batch[5] or 0),
  tonumber(campaign[4] or 0), everywhere, unsubscribed }
