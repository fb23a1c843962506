-- Whose a job is stands in its payload, as `owner`: each job that its owner has in the lane
-- already, or its origin if it has more, puts it a place of priority lower: who asks for little
-- comes before who asks for much. Without a row in its answer another transaction has inserted the
-- key meanwhile, so that this snapshot does not show it; the next one does.
WITH inserted AS (
  INSERT INTO jobs (id, kind, lane, priority, state, payload, payload_version, unique_key,
    run_at, attempts_max, lease_seconds, correlation_id, traceparent, enqueued_at, owner, origin)
  SELECT $1, $2, $3, $4 - greatest(
    (SELECT count(*)::integer FROM (SELECT FROM jobs
        WHERE owner = $5::text::jsonb ->> 'owner' AND lane = $3 AND state <> 'failed'
        LIMIT 1000) AS of_owner),
    (SELECT count(*)::integer FROM (SELECT FROM jobs
        WHERE origin = $13 AND lane = $3 AND state <> 'failed' LIMIT 1000) AS of_origin)),
  CASE WHEN $8 > now THEN 'scheduled' ELSE 'ready' END, $5, $6, $7,
  COALESCE($8, now), $9, $10, $11, $12, now, $5::text::jsonb ->> 'owner', $13
  FROM clock_timestamp() AS now
  ON CONFLICT (unique_key) WHERE state <> 'failed' DO NOTHING
  RETURNING id)
SELECT id, true FROM inserted
UNION ALL SELECT id, false FROM jobs WHERE unique_key = $7 AND state <> 'failed'
AND NOT EXISTS (SELECT FROM inserted)
