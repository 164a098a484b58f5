-- Opens a batch for a run: what is left to do, and who is suppressed already (only to save work: the claim decides).
-- Reads only.
-- KEYS: 1 campaign, 2 batch, 3 suppressed everywhere, 4 unsubscribed from the sender
-- ARGV: 1 '1' where unsubscribed addresses are sent to on purpose
-- Returns { status, states (runs, see core/entries.lua), addresses, payload, tries, waits, accepted by the campaign,
--   suppressed as 'position:letter' (comma-separated) }
--   status: running | paused | held | ended | gone
--@include ./suppressed.lua
local batch = redis.call('HMGET', KEYS[2], 's', 'a', 'p', 't', 'w')
-- Without a payload it is settled, and only kept for what may come late.
if not batch[3] then return { 'gone' } end
local campaign = redis.call('HMGET', KEYS[1], 'phase', 'paused', 'held', 'accepted')
local status = campaign[1] or 'ended'
if status ~= 'running' then status = 'ended'
elseif campaign[2] then status = 'paused'
elseif campaign[3] then status = 'held' end

local suppressed = {}
for i, letter in pairs(suppressed_among(addresses_of(batch[2]), KEYS[3], KEYS[4], ARGV[1])) do
  suppressed[#suppressed + 1] = (i - 1) .. ':' .. letter
end
return { status, batch[1] or '', batch[2], batch[3], tonumber(batch[4] or 0), tonumber(batch[5] or 0),
  tonumber(campaign[4] or 0), table.concat(suppressed, ',') }
