-- query: UPDATE write unprepared
WITH back AS (
  UPDATE jobs SET state = 'ready', attempt = attempt - 1,
  lease_until = NULL
  FROM unnest($1::uuid[], $2::bigint[]) AS held (id, run)
  WHERE jobs.id = held.id AND jobs.run = held.run
  AND state = 'running' RETURNING lane)
SELECT pg_notify('jobs', lane) FROM back GROUP BY lane
