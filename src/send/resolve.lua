-- Decides what becomes of entries in doubt that no event has settled: they are sent again, or dropped. Only entries whose
-- claim is older, by this clock, than a request can be and still be taken by SES.
-- KEYS: 1 campaign, 2 batch, 3 outstanding, 4 settled, 5 outbox, 6 doubtful, 7 open campaigns
-- ARGV: 1 batch number, 2 'resend' | 'drop', 3 least age of the claim (ms), 4 what the rows have in common (JSON),
--       5 why, for the rows (JSON)
-- Returns { resolved, younger than that }
--@include ../core/entries.lua
local states = read_states(KEYS[2])
if not states then return { 0, 0 } end
local now = now_in_ms()
local after, positions, young = {}, {}, 0
for i, state in ipairs(states) do
  if string.sub(state, 1, 1) == '?' then
    local claimed_at = tonumber(redis.call('HGET', KEYS[2], 'k' .. string.sub(state, 2)) or now)
    if claimed_at > now - tonumber(ARGV[3]) then
      young = young + 1
    else
      after[i] = ARGV[2] == 'resend' and '.' or 'p'
      positions[#positions + 1] = i
    end
  end
end
if #positions == 0 then return { 0, young } end

local batch = redis.call('HMGET', KEYS[2], 'a', 'p')
local addresses, payload, events = {}, cjson.decode(batch[2]), {}
for address in string.gmatch(batch[1], '[^\n]+') do addresses[#addresses + 1] = address end
for _, i in ipairs(positions) do
  local written = payload[i][2] == 0 and addresses[i] or payload[i][2]
  local row = { event_time = now, seq = payload[i][1], recipient = written, mark = string.sub(states[i], 2),
    reason = ARGV[2], detail = cjson.decode(ARGV[5]) }
  row.event_type = 'resolved'
  events[#events + 1] = cjson.encode(row)
  if ARGV[2] == 'drop' then
    row.event_type = 'dropped'
    events[#events + 1] = cjson.encode(row)
  end
end
redis.call('XADD', KEYS[5], '*', 'b', '{"common":' .. ARGV[4] .. ',"events":[' .. table.concat(events, ',') .. ']}')
if ARGV[2] == 'resend' then redis.call('HINCRBY', KEYS[1], 'resent', #positions) end
local k = { campaign = KEYS[1], batch = KEYS[2], outstanding = KEYS[3], settled = KEYS[4], outbox = KEYS[5],
  doubtful = KEYS[6], open = KEYS[7] }
write_states(k, ARGV[1], states, after)
return { #positions, young }
