-- What is counted for the mail of projects: last hour, last seven days.
-- KEYS: the begins of their keys
-- Returns six figures for each: sends, hard bounces and complaints of the hour, and of the seven days
--@include ../core/finish.lua
--@include ./count.lua
local now, figures = now_in_ms(), {}
for _, base in ipairs(KEYS) do
  for _, sums in ipairs({ guard_hour(base, now), guard_week(base, now) }) do
    for _, letter in ipairs({ 's', 'b', 'c' }) do figures[#figures + 1] = sums[letter] end
  end
end
return figures
