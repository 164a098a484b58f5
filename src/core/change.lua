-- Writes down a change of a campaign as a whole: into the log, and beside the campaign for those who look at it (queue/timeline.ts).
-- campaign: its hash; outbox: the stream; block: the log rows, as they are
local CHANGES_MAX = 500
local function note_change(campaign, outbox, block)
  redis.call('XADD', outbox, '*', 'b', block)
  redis.call('RPUSH', campaign .. ':changes', block)
  redis.call('LTRIM', campaign .. ':changes', -CHANGES_MAX, -1)
end
