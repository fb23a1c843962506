-- query: UPDATE write unprepared
WITH released AS (
  UPDATE jobs SET state = 'ready', run_at = now(), failed_at = NULL,
  attempt = CASE WHEN state = 'failed' THEN 0 ELSE attempt END
  WHERE id = $1 AND state IN ('failed', 'scheduled') RETURNING *)
SELECT {{columns}}, {{progress_columns}}, pg_notify('jobs', lane) FROM released
