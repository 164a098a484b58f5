-- Puts a sync on record where none runs, and nothing otherwise: so whoever is told that another one runs finds it there.
-- KEYS: 1 lease of the sync that runs (its id), 2 the sync that runs, or the last one
-- ARGV: 1 id, 2 milliseconds of the lease, 3 the sync (JSON), 4 milliseconds that it is kept
-- Returns 1, or 0 where another one runs
if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return 1
