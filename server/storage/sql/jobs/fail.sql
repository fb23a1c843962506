-- query: UPDATE write unprepared
WITH ended AS (
  UPDATE jobs SET state = 'failed', lease_until = NULL,
  failed_at = now(), error_code = $3, error_detail = $4
  WHERE id = $1 AND run = $2 AND state = 'running' RETURNING id)
SELECT EXISTS (SELECT FROM ended),
EXISTS (SELECT FROM jobs WHERE id = $1)
