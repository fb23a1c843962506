-- query: UPDATE write
-- The row of a task decides, not who asks: two schedulers that both think they lead do no harm.
WITH wanted AS (
  SELECT * FROM unnest($1::text[], $2::bigint[]) AS wanted (name, interval_ms)),
known AS (
  INSERT INTO scheduled_tasks (task, last_enqueued_at) SELECT name, now() FROM wanted
  WHERE NOT EXISTS (SELECT FROM scheduled_tasks WHERE task = name)
  ON CONFLICT (task) DO NOTHING RETURNING task),
due AS (
  UPDATE scheduled_tasks SET last_enqueued_at = now() FROM wanted WHERE task = name
  AND (last_enqueued_at IS NULL
    OR last_enqueued_at <= now() - interval_ms * interval '1 millisecond') RETURNING task)
SELECT task FROM known UNION ALL SELECT task FROM due
