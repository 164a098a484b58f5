-- Takes from the entries of one address what tells of the campaign, the event or the person: of each line the letter, the time
-- and the source stay, and with them its effect (entry.ts). Run again it changes nothing.
-- KEYS: 1 list of soft bounces of the address, which goes; 2… hashes from normal address to lines
-- ARGV: 1 the address
-- Returns how many lines were changed
local changed = 0
redis.call('DEL', KEYS[1])
for i = 2, #KEYS do
  local value = redis.call('HGET', KEYS[i], ARGV[1])
  local lines, before = {}, changed
  for line in string.gmatch(value or '', '[^\n]+') do
    local rest = string.match(line, '^(%S+ %S+ %S+) ')
    if rest then changed = changed + 1 end
    lines[#lines + 1] = rest or line
  end
  if changed > before then redis.call('HSET', KEYS[i], ARGV[1], table.concat(lines, '\n')) end
end
return changed
