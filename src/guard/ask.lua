-- Whether a rule of the guard is broken for a campaign at this moment. Changes nothing.
-- KEYS: 1 campaign, 2 begin of the guard's keys, 3 begin of projects' keys
-- ARGV: 1 rules (JSON)
-- Returns the finding (JSON), or '' where there is none
--@include ../core/finish.lua
--@include ./judge.lua
local c = guard_campaign(KEYS[1])
if not c or (c.phase ~= 'running' and c.phase ~= 'queued' and c.phase ~= 'scheduled') then return '' end
local rules, now = cjson.decode(ARGV[1]), now_in_ms()
local project = guard_project(KEYS[3] .. c.project, rules)
local finding = guard_findings(c, project, rules, guard_sums_of(c, KEYS[2], {}, rules, now), 1)[1]
return finding and cjson.encode(finding) or ''
