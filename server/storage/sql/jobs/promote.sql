-- query: UPDATE write unprepared
WITH due AS MATERIALIZED (
  SELECT id FROM jobs WHERE state = 'scheduled' AND run_at <= now()
  ORDER BY run_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),
moved AS (
  UPDATE jobs SET state = 'ready' FROM due WHERE jobs.id = due.id
  RETURNING lane)
SELECT count(*), pg_notify('jobs', lane)
FROM moved GROUP BY lane
