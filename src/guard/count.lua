-- What is counted for a project's mail from one address, by the minute and by the hour in which it was heard of:
-- sends (s), hard bounces (b), complaints (c). Whoever counts does it in the step in which the thing itself is written
-- down, so that nothing counts twice and nothing is left out, whatever is killed.
local GUARD_SLOTS = {
  -- The last hour is asked of minutes, and the last seven days of hours.
  { mark = ':m:', ms = 60000, kept_s = 2 * 3600 },
  { mark = ':h:', ms = 3600000, kept_s = 8 * 86400 },
}

-- base: begin of the keys (core/keys.ts, guard); guarded: index of what is counted; counts: by letter
local function guard_count(base, guarded, counts, now_ms)
  for _, slot in ipairs(GUARD_SLOTS) do
    -- Lua writes numbers of this size out whole.
    local number = math.floor(now_ms / slot.ms)
    local key = base .. slot.mark .. number
    for letter, count in pairs(counts) do
      if count > 0 and redis.call('HINCRBY', key, letter, count) == count then
        redis.call('EXPIRE', key, slot.kept_s)
        if slot.mark == ':h:' then
          redis.call('ZADD', guarded, 'GT', number, base)
          redis.call('ZREMRANGEBYSCORE', guarded, '-inf', number - 8 * 24)
        end
      end
    end
  end
end

-- What was counted in so many slots of a kind that came before this one, and in this one.
local function guard_sums(base, mark, ms, slots, now_ms)
  local sums, last = { s = 0, b = 0, c = 0 }, math.floor(now_ms / ms)
  for number = last - slots, last do
    local counts = redis.call('HMGET', base .. mark .. number, 's', 'b', 'c')
    sums.s = sums.s + tonumber(counts[1] or 0)
    sums.b = sums.b + tonumber(counts[2] or 0)
    sums.c = sums.c + tonumber(counts[3] or 0)
  end
  return sums
end

local function guard_hour(base, now_ms) return guard_sums(base, ':m:', 60000, 60, now_ms) end
local function guard_week(base, now_ms) return guard_sums(base, ':h:', 3600000, 168, now_ms) end
