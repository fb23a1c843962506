-- query: UPDATE write unprepared
-- The workers' statements are planned at each call, which costs a tenth of a millisecond: a plan
-- that was made while the table was short reads all of it when it is long.
-- now(), not clock_timestamp(), in conditions: a volatile function cannot use an index. `holder`:
-- an owner or an origin, which never look alike: an id has 36 characters, an origin 16. `near`:
-- more than are wanted, for some of them are beyond a share, or another worker's. `first` finds its
-- rows by their ids, whatever the statistics say: with a plain condition on `state` the planner
-- takes jobs_ready for the shorter way while it believes that hardly any job is ready, and reads
-- all of it.
WITH held AS MATERIALIZED (
  SELECT holder, count(*) AS places
  FROM jobs CROSS JOIN LATERAL (VALUES (owner), (origin)) AS holders (holder)
  WHERE state = 'running' AND lane = $1 AND worker = $4 AND holder IS NOT NULL
  GROUP BY holder),
near AS MATERIALIZED (
  SELECT id, owner, origin, priority, run_at FROM jobs
  WHERE state = 'ready' AND lane = $1 AND kind = ANY ($2)
  AND NOT EXISTS (SELECT FROM held WHERE holder = owner AND places >= $5)
  AND NOT EXISTS (SELECT FROM held WHERE holder = origin AND places >= $5)
  ORDER BY priority DESC, run_at, id LIMIT $3 * 8::bigint + 32),
turns AS MATERIALIZED (
  SELECT id, greatest(
    COALESCE((SELECT places FROM held WHERE holder = owner), 0) + row_number() OVER
    (PARTITION BY COALESCE(owner, id::text) ORDER BY priority DESC, run_at, id),
    COALESCE((SELECT places FROM held WHERE holder = origin), 0) + row_number() OVER
    (PARTITION BY COALESCE(origin, id::text) ORDER BY priority DESC, run_at, id)) AS turn
  FROM near),
first AS MATERIALIZED (
  SELECT jobs.id FROM jobs JOIN turns ON jobs.id = turns.id
  WHERE COALESCE(state, '') = 'ready' AND turn <= $5
  ORDER BY priority DESC, run_at, jobs.id LIMIT $3
  FOR NO KEY UPDATE OF jobs SKIP LOCKED)
UPDATE jobs SET state = 'running', attempt = attempt + 1,
run = run + 1, started_at = now(), worker = $4,
lease_until = now() + make_interval(secs => lease_seconds)
FROM first WHERE jobs.id = first.id
RETURNING {{columns of jobs}}, run, lease_seconds,
(extract(epoch FROM clock_timestamp() - run_at) * 1000000)::bigint
