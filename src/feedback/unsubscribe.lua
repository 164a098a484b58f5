-- Somebody stops the mail of one sender, or takes it again, by the link of one campaign's mail: suppression, log row and
-- the campaign's count in one step. Run twice, the second time changes nothing. It never waits for room in the outbox.
--
-- A row is written where something changed: the suppression, or that this person of this campaign has asked for it.
--
-- KEYS: 1 hash from normal address to entries of the sender (suppression/entry.ts), 2 senders that have a list,
--       3 campaign, 4 outbox, 5 map of the campaign: one bit a position in the audience, of those who unsubscribed
-- ARGV: 1 'stop' or 'resume', 2 normal address, 3 entry (its line), 4 position in the audience, 0 for a test mail,
--       5 the row (JSON) without its project
-- Returns 'changed' | 'unchanged'
local SEEN_S = 90 * 86400
local seq = tonumber(ARGV[4])
local row = cjson.decode(ARGV[5])
local sender = row.sender
local known = redis.call('HMGET', KEYS[3], 'project', 'read')
local before = redis.call('HGET', KEYS[1], ARGV[2])
local has_changed = false

if ARGV[1] == 'stop' then
  -- Written even where it is there already: who tries again waits for the disk, and a wait needs a write before it.
  redis.call('HSET', KEYS[1], ARGV[2], before or ARGV[3])
  redis.call('SADD', KEYS[2], sender)
  has_changed = not before
  -- Nobody is counted whom the campaign's audience does not have: a map must not grow to a size that it has not.
  if seq >= 1 and seq <= tonumber(known[2] or 0) then
    if redis.call('SETBIT', KEYS[5], seq, 1) == 0 then
      redis.call('HINCRBY', KEYS[3], 'unsubscribed', 1)
      has_changed = true
    end
    redis.call('EXPIRE', KEYS[5], SEEN_S)
  end
elseif before then
  redis.call('HDEL', KEYS[1], ARGV[2])
  if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], sender) end
  has_changed = true
end

if not has_changed then return 'unchanged' end
row.project = known[1] or nil
redis.call('XADD', KEYS[4], '*', 'b', cjson.encode({ common = {}, events = { row } }))
return 'changed'
