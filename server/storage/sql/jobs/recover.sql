-- query: UPDATE write unprepared
WITH lost AS MATERIALIZED (
  SELECT id FROM jobs WHERE state = 'running' AND lease_until < now()
  ORDER BY lane, id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),
back AS (
  UPDATE jobs SET lease_until = NULL, run_at = now(), error_code = 'lost',
  error_detail = 'worker ' || worker || ' was not heard of any more',
  state = CASE WHEN attempt < attempts_max THEN 'ready' ELSE 'failed' END,
  failed_at = CASE WHEN attempt < attempts_max THEN NULL ELSE now() END
  FROM lost WHERE jobs.id = lost.id RETURNING jobs.*),
told AS (
  SELECT pg_notify('jobs', lane) FROM back WHERE state = 'ready' GROUP BY lane)
SELECT {{columns}}, worker, state = 'failed',
(SELECT count(*) FROM told) FROM back
