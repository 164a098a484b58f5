-- The campaigns that are being planned, by the time when their planner was last heard of: they share the window.
-- One whose planner was silent for ten seconds is not counted; a planner that waits looks every second.
local function mark_planning(index, id, now_ms, is_planning)
  if is_planning then redis.call('ZADD', index, now_ms, id) else redis.call('ZREM', index, id) end
end

local function count_planning(index, now_ms)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now_ms - 10000)
  return redis.call('ZCARD', index)
end
