-- Positions in a batch (from 0), as scripts are given them and answer with them: in order, a run as first-last
-- ('0-48,50'). core/positions.ts is the other end.

-- Calls `visit` with each position.
local function each_position(text, visit)
  for first, last in string.gmatch(text, '(%d+)%-?(%d*)') do
    for position = tonumber(first), tonumber(last ~= '' and last or first) do visit(position) end
  end
end

-- A list of positions in rising order as such a text.
local function positions_text(positions)
  local runs, at = {}, 1
  while at <= #positions do
    local first, last = positions[at], positions[at]
    while positions[at + 1] == last + 1 do
      at = at + 1
      last = positions[at]
    end
    runs[#runs + 1] = first == last and tostring(first) or first .. '-' .. last
    at = at + 1
  end
  return table.concat(runs, ',')
end
