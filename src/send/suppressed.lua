-- Who of these addresses gets no mail at this moment, as every script decides it that sends or leaves out.

-- A reason that this version does not know counts as blocked.
local KNOWN = { k = 'k', c = 'c', b = 'b' }

-- addresses: a list; everywhere, unsubscribed: the hashes; override: '1' where unsubscribed addresses are sent to
-- on purpose. Returns the letter of the reason by index, nothing where there is none.
local function suppressed_among(addresses, everywhere, unsubscribed, override)
  local letters = {}
  if #addresses == 0 then return letters end
  if override ~= '1' and redis.call('EXISTS', unsubscribed) == 1 then
    for i, entry in ipairs(redis.call('HMGET', unsubscribed, unpack(addresses))) do
      if entry then letters[i] = 'u' end
    end
  end
  if redis.call('EXISTS', everywhere) == 0 then return letters end
  -- The override lifts `unsubscribed` only. The most severe line comes first in the value.
  for i, entry in ipairs(redis.call('HMGET', everywhere, unpack(addresses))) do
    if entry then letters[i] = KNOWN[string.sub(entry, 1, 1)] or 'k' end
  end
  return letters
end

-- The addresses of a batch, from its text of one a line.
local function addresses_of(text)
  local addresses = {}
  for address in string.gmatch(text, '[^\n]+') do addresses[#addresses + 1] = address end
  return addresses
end
