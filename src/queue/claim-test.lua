-- Claims addresses of a test send for one SES call: nobody is claimed twice, nobody who is suppressed at this moment, and
-- nobody after whoever asked for the test has gone. Run twice with the same token it gives the same answer.
-- KEYS: 1 test, 2 suppressed everywhere, 3 unsubscribed from the sender, 4 outbox
-- ARGV: 1 token of this run, 2 outbox entries at which sending holds, 3 how long the test is kept (ms), then position and
--       address of each
-- Returns a list with a word for each: claimed | lost (another run had claimed it) | done | gone | backlog | the letter of
-- a reason for suppression. One that this version does not know counts as blocked.
local KNOWN = { k = 'k', c = 'c', b = 'b' }
local mine = 'c' .. ARGV[1]
local is_open = redis.call('HEXISTS', KEYS[1], 'open') == 1
local has_room = redis.call('XLEN', KEYS[4]) < tonumber(ARGV[2])
local words, fresh = {}, {}
for i = 4, #ARGV, 2 do
  local state = redis.call('HGET', KEYS[1], ARGV[i])
  local word
  if state == mine then
    word = 'claimed'
  elseif state then
    word = string.sub(state, 1, 1) == 'c' and 'lost' or 'done'
  elseif not is_open then
    word = 'gone'
  elseif not has_room then
    word = 'backlog'
  else
    local everywhere = redis.call('HGET', KEYS[2], ARGV[i + 1])
    word = everywhere and (KNOWN[string.sub(everywhere, 1, 1)] or 'k')
      or (redis.call('HEXISTS', KEYS[3], ARGV[i + 1]) == 1 and 'u') or 'claimed'
    if word == 'claimed' then
      fresh[#fresh + 1] = ARGV[i]
      fresh[#fresh + 1] = mine
    end
  end
  words[#words + 1] = word
end
if #fresh > 0 then
  redis.call('HSET', KEYS[1], unpack(fresh))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return words
