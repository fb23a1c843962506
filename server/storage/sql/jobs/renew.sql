-- query: UPDATE write unprepared
-- One that is locked is passed over: its handler is about to end it, and others must not wait.
WITH held AS MATERIALIZED (
  SELECT jobs.id FROM jobs
  JOIN unnest($1::uuid[], $2::bigint[]) AS held (id, run)
  ON jobs.id = held.id AND jobs.run = held.run
  WHERE state = 'running' FOR NO KEY UPDATE OF jobs SKIP LOCKED)
UPDATE jobs
SET lease_until = now() + make_interval(secs => lease_seconds)
FROM held WHERE jobs.id = held.id
