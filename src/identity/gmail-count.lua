-- Mails to personal Gmail addresses that SES took, by the organisational domain that they are from (gmail.ts). Whoever counts does it in
-- the step in which the acceptance itself is written down, so that none counts twice and none is left out.
-- Slots of a quarter of an hour, and 96 of them before the one that is open.
local GMAIL_SLOT_MS, GMAIL_SLOTS, GMAIL_BULK = 900000, 96, 5000

-- k: sent (slots of the domain, with their `total` and the `oldest`), domains (set), bulk (hash), outbox; sender: From address of the mails
local function gmail_count(k, domain, sender, count, now_ms)
  local slot = math.floor(now_ms / GMAIL_SLOT_MS)
  local h = redis.call('HMGET', k.sent, 'total', 'oldest', slot)
  if not h[1] then redis.call('SADD', k.domains, domain) end
  local total, oldest = tonumber(h[1] or 0), tonumber(h[2] or slot)
  while oldest < slot - GMAIL_SLOTS and total > 0 do
    total = total - tonumber(redis.call('HGET', k.sent, oldest) or 0)
    redis.call('HDEL', k.sent, oldest)
    oldest = oldest + 1
  end
  if total <= 0 then total, oldest = 0, slot end
  redis.call('HSET', k.sent, 'total', total + count, 'oldest', oldest, slot, tonumber(h[3] or 0) + count)
  -- Only who comes up to it is asked for: whoever is above it came up to it before.
  if total >= GMAIL_BULK or total + count < GMAIL_BULK then return end
  if redis.call('HSETNX', k.bulk, domain, now_ms) == 0 then return end
  redis.call('XADD', k.outbox, '*', 'b', cjson.encode({
    common = { sender = sender },
    events = { { event_type = 'bulk_sender', event_time = now_ms, mark = domain,
      detail = { domain = domain, last24Hours = total + count } } },
  }))
end
