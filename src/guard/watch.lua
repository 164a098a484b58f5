-- Judges every campaign that runs. Events are judged where they are applied (feedback/apply.lua); this is for what becomes true
-- without one: the ten thousandth mail is sent, a limit is lowered.
-- KEYS: 1 open campaigns, 2 outbox, 3 lease of whoever watches, 4 begin of the guard's keys, 5 of projects' keys, 6 of campaigns' keys
-- ARGV: 1 rules (JSON), 2 how long the lease lasts (ms)
-- Returns the campaigns that are held from now on: id and why, one after the other
--@include ../core/finish.lua
--@include ./judge.lua
if not redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[2]) then return {} end
local rules, now, cache, projects, held = cjson.decode(ARGV[1]), now_in_ms(), {}, {}, {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local c = guard_campaign(KEYS[6] .. id)
  if c and c.phase == 'running' then
    projects[c.project] = projects[c.project] or guard_project(KEYS[5] .. c.project, rules)
    local found = guard_judge(c, projects[c.project], rules, guard_sums_of(c, KEYS[4], cache, rules, now), KEYS[2], now)
    if found then
      held[#held + 1] = c.id
      held[#held + 1] = found.said
    end
  end
end
return held
