-- What is known against an address: lines, one a reason, the most severe first (entry.ts).
local SEVERITY = { k = 1, c = 2, b = 3, u = 4 }
local LAST = 5

-- The value with the line in its place, or nil where the reason is there already: the first entry counts.
local function with_line(value, line)
  local letter = string.sub(line, 1, 1)
  local lines, placed = {}, false
  for there in string.gmatch(value, '[^\n]+') do
    local other = string.sub(there, 1, 1)
    if other == letter then return nil end
    if not placed and SEVERITY[letter] < (SEVERITY[other] or LAST) then
      lines[#lines + 1] = line
      placed = true
    end
    lines[#lines + 1] = there
  end
  if not placed then lines[#lines + 1] = line end
  return table.concat(lines, '\n')
end
