-- Applies events of SES's about one campaign, in one step: which of them are new, people counted, entries that they
-- prove to be accepted, and log rows. Run twice, the second time changes nothing.
--
-- Every type of event proves that SES accepted the call, so it settles its entry as accepted, under the claim of the tag
-- and whatever the entry was before: that is what the worker's own settlement says when it has the answer, and whichever
-- comes second finds it done. (A Reject and a Rendering Failure prove it too. Nobody gets those mails, but SES took the
-- call, has its answer, and must not be asked again.) Rows of an acceptance have the id that the worker's row has.
--
-- What an event says of its address (consequence.ts) is written in the same step: the list that counts everywhere, the guard's
-- counts, and the hold of every campaign that a rule of the guard stops then.
--
-- KEYS: 1 campaign, 2 outstanding, 3 settled, 4 outbox, 5 doubtful, 6 open campaigns, 7 suppressed everywhere, 8 begin of the guard's
--       keys, 9 the campaign's project, 10 index of what the guard counts, 11 begin of campaigns' keys, 12 begin of what is
--       counted for these mails, 13 to 15 what is counted of mail to Gmail for the sender's organisational domain, such domains, and bulk
--       senders (identity/gmail-count.lua), 16… those that events name by number
-- ARGV: 1 events (JSON), 2 block of their log rows, 3 what rows have in common (JSON), 4 rules of the guard (JSON), 5 and 6 how many
--       soft bounces within how long (ms) suppress an address ('' for none), 7 the sender's organisational domain, 8 the sender
--   an event: batch and position of its entry, at (the entry's place in the maps of `seen`), claim, id (of the message),
--   seq, recipient, type, time (ms); and where they apply:
--     batchKey  hash of the batch
--     flowKey   the minute of the claim
--     sentKey   map: SES has said at once what became of the call (Send, Reject, Rendering Failure)
--     seenKey   map of this kind of event
--     print     1 to 255, made from the message's id: this happens to a mail only once, so the map has a byte for each
--               entry, and a copy is told from the same event of another mail. Without it the map has a bit.
--     count     counter of the campaign, of people to whom this has happened
--     simulated the address plays a part in SES's simulator, so that the guard does not count it
--     gmail     the address is a personal Gmail one
--     guard     b or c: a hard bounce or a complaint that the guard counts
--     address   its normal form, and line: its entry on the list that counts everywhere
--     softKey   when the address bounced softly of late, and softLine: its entry when it did so too often
-- Returns { 'ok', entries settled } | { 'unknown' } where there is no such campaign
--@include ../core/entries.lua
--@include ../suppression/lines.lua
--@include ../guard/judge.lua
--@include ../identity/gmail-count.lua
-- Opens and clicks come for months; after that a second one counts as a first.
local SEEN_S, FLOW_S = 90 * 86400, 2 * 86400
local FROM = { ['.'] = 'unclaimed', c = 'claimed', ['?'] = 'in doubt', r = 'rejected', s = 'skipped', x = 'cancelled',
  p = 'dropped' }
local events = cjson.decode(ARGV[1])
local planned = redis.call('HGET', KEYS[1], 'next')
if not planned then return { 'unknown' } end

local counts, touched, flows, rows, has_news = {}, {}, {}, {}, false
local batches = {}
-- For the guard: sends, hard bounces, complaints; and of sends those to the simulator, which are not among them.
local guarded, simulated = { s = 0, b = 0, c = 0 }, 0
local to_gmail = 0

-- The batch of an event as it was, and what is to become of it. Its states are nil where every entry has had its end.
local function batch_of(event)
  local batch = batches[event.batchKey]
  if not batch then
    batch = { number = event.batch, key = KEYS[event.batchKey], states = read_states(KEYS[event.batchKey]), after = {} }
    batches[event.batchKey] = batch
  end
  return batch
end

-- The address as the audience has it, as in the worker's row; as it was mailed where the payload is gone.
local function written(batch, event)
  if batch.payload == nil then
    local b = redis.call('HMGET', batch.key, 'a', 'p')
    -- Half a surrogate pair is legal in JSON, and more than cjson reads.
    local is_read, payload = pcall(cjson.decode, b[2] or '')
    batch.payload = is_read and payload or false
    batch.addresses = {}
    for address in string.gmatch(b[1] or '', '[^\n]+') do batch.addresses[#batch.addresses + 1] = address end
  end
  local row = batch.payload and batch.payload[event.position + 1]
  if not row then return event.recipient end
  return row[2] == 0 and batch.addresses[event.position + 1] or row[2]
end

local function add_row(batch, event, row)
  row.seq = event.seq
  row.recipient = written(batch, event)
  row.event_time = now_in_ms()
  rows[#rows + 1] = cjson.encode(row)
end

local function flow(event, field)
  if not event.flowKey then return end
  local key = KEYS[event.flowKey]
  flows[key] = flows[key] or {}
  flows[key][field] = (flows[key][field] or 0) + 1
end

-- Settles the entry of an event. False where it is another claim's, so that this mail is one too many.
local function settle(batch, event)
  local i = event.position + 1
  local state = batch.after[i] or (batch.states and batch.states[i])
  local settled = 'a' .. event.claim
  if not state or state == settled then return true end
  add_row(batch, event, { event_type = 'accepted', ses_message_id = event.id })
  local first = string.sub(state, 1, 1)
  if first == 'a' then return false end
  if state ~= 'c' .. event.claim then
    add_row(batch, event, { event_type = 'resolved', reason = 'accepted', mark = event.claim,
      detail = { from = FROM[first], by = event.type } })
  end
  batch.after[i] = settled
  flow(event, 'a')
  if event.simulated then simulated = simulated + 1 else guarded.s = guarded.s + 1 end
  if event.gmail then to_gmail = to_gmail + 1 end
  return true
end

-- From here on no claim takes this address.
local function suppress(address, line)
  local before = redis.call('HGET', KEYS[7], address)
  local value = before and with_line(before, line) or (not before and line)
  if value then redis.call('HSET', KEYS[7], address, value) end
end

-- An address that bounces softly again and again is as good as gone.
local function note_soft_bounce(event)
  local most, within = tonumber(ARGV[5]), tonumber(ARGV[6])
  if not most then return end
  local key, now = KEYS[event.softKey], now_in_ms()
  redis.call('RPUSH', key, now)
  redis.call('LTRIM', key, -most, -1)
  redis.call('PEXPIRE', key, within)
  local first = redis.call('LLEN', key) == most and tonumber(redis.call('LINDEX', key, 0))
  if first and now - first <= within then suppress(event.address, event.softLine) end
end

-- What an event says of its address, the first time that it is said of this mail.
local function judge_address(event)
  if event.line then suppress(event.address, event.line) end
  if event.softKey then note_soft_bounce(event) end
  if event.guard then guarded[event.guard] = guarded[event.guard] + 1 end
end

-- Marks an event as seen. True where nothing of its kind had happened to the entry.
local function see(event)
  if not event.seenKey then
    has_news = true
    return false
  end
  local key = KEYS[event.seenKey]
  touched[key] = true
  if event.print then
    local before = redis.call('BITFIELD', key, 'SET', 'u8', '#' .. event.at, event.print)[1]
    if before ~= event.print then has_news = true end
    return before == 0
  end
  has_news = true
  return redis.call('SETBIT', key, event.at, 1) == 0
end

for _, event in ipairs(events) do
  if event.batch >= tonumber(planned) then
    -- No batch of this campaign: the row is all that can be kept of it, and a map must not grow to that size.
    has_news = true
    if event.line then suppress(event.address, event.line) end
  else
    local is_ours = settle(batch_of(event), event)
    if see(event) then
      if event.count then counts[event.count] = (counts[event.count] or 0) + 1 end
      judge_address(event)
    end
    if event.sentKey then
      touched[KEYS[event.sentKey]] = true
      if redis.call('SETBIT', KEYS[event.sentKey], event.at, 1) == 0 and is_ours then flow(event, 's') end
    end
  end
end

if has_news then redis.call('XADD', KEYS[4], '*', 'b', ARGV[2]) end
if #rows > 0 then
  redis.call('XADD', KEYS[4], '*', 'b', '{"common":' .. ARGV[3] .. ',"events":[' .. table.concat(rows, ',') .. ']}')
end
for name, count in pairs(counts) do redis.call('HINCRBY', KEYS[1], name, count) end
for key in pairs(touched) do redis.call('EXPIRE', key, SEEN_S) end
for key, fields in pairs(flows) do
  for field, count in pairs(fields) do redis.call('HINCRBY', key, field, count) end
  redis.call('EXPIRE', key, FLOW_S)
end
local settled = 0
for _, batch in pairs(batches) do
  for _ in pairs(batch.after) do settled = settled + 1 end
  if next(batch.after) then
    write_states({ campaign = KEYS[1], batch = batch.key, outstanding = KEYS[2], settled = KEYS[3], outbox = KEYS[4],
      doubtful = KEYS[5], open = KEYS[6] }, batch.number, batch.states, batch.after)
  end
end

if simulated > 0 then redis.call('HINCRBY', KEYS[1], 'simulated', simulated) end
local now = now_in_ms()
if to_gmail > 0 and ARGV[7] ~= '' then
  gmail_count({ sent = KEYS[13], domains = KEYS[14], bulk = KEYS[15], outbox = KEYS[4] }, ARGV[7], ARGV[8], to_gmail, now)
end
guard_count(KEYS[12], KEYS[10], guarded, now)
if guarded.b == 0 and guarded.c == 0 then return { 'ok', settled } end

for _, letter in ipairs({ 'b', 'c' }) do
  if guarded[letter] > 0 then redis.call('HINCRBY', KEYS[1], 'guard:' .. letter, guarded[letter]) end
end
local rules, cache = cjson.decode(ARGV[4]), {}
local project, mine = guard_project(KEYS[9], rules), guard_campaign(KEYS[1])
local function judge(c)
  if c and c.phase == 'running' then
    guard_judge(c, project, rules, guard_sums_of(c, KEYS[8], cache, rules, now), KEYS[4], now)
  end
end
judge(mine)
-- Other campaigns of the project and sender are only looked for where its own limits are near; those with limits of their own are
-- judged by their own events, and by guard/watch.lua.
local hour = (cache[KEYS[12]] or { hour = guard_hour(KEYS[12], now) }).hour
local is_near = hour.s >= rules.hourSendsMin and (guard_is_beyond(hour.b, hour.s, project.bounceRate, rules.warnShare)
  or guard_is_beyond(hour.c, hour.s, project.complaintRate, rules.warnShare))
if is_near then
  for _, id in ipairs(redis.call('SMEMBERS', KEYS[6])) do
    local c = id ~= mine.id and guard_campaign(KEYS[11] .. id)
    if c and KEYS[8] .. c.project .. ':' .. c.sender == KEYS[12] then judge(c) end
  end
end
return { 'ok', settled }
