-- query: SELECT slow
-- One reading of the table: by owner, and then of all.
WITH of_owner AS (SELECT
  count(*) FILTER (WHERE deleted_at IS NULL AND state = 'uploading') AS uploading,
  count(*) FILTER (WHERE deleted_at IS NULL AND state = 'processing') AS processing,
  count(*) FILTER (WHERE deleted_at IS NULL AND state = 'ready') AS ready,
  count(*) FILTER (WHERE deleted_at IS NULL AND state = 'failed') AS failed,
  count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted,
  min(purge_at) FILTER (WHERE purge_at <= $1) AS purge_due,
  count(*) FILTER (WHERE state = 'uploading' AND expires_at <= $1) AS abandoned,
  count(*) FILTER (WHERE state IN ('ready', 'failed') AND type LIKE 'image/%'
    AND completed_at > $1::timestamptz - interval '1 hour') AS recent,
  count(*) FILTER (WHERE state = 'failed' AND type LIKE 'image/%'
    AND completed_at > $1::timestamptz - interval '1 hour') AS recent_failed
  FROM media GROUP BY owner_id)
SELECT COALESCE(sum(uploading), 0)::bigint, COALESCE(sum(processing), 0)::bigint,
COALESCE(sum(ready), 0)::bigint, COALESCE(sum(failed), 0)::bigint,
COALESCE(sum(deleted), 0)::bigint, min(purge_due), COALESCE(sum(abandoned), 0)::bigint,
(SELECT COALESCE(sum(bytes), 0)::bigint FROM media_usage),
count(*) FILTER (WHERE recent > 0), count(*) FILTER (WHERE recent_failed * 2 > recent)
FROM of_owner
