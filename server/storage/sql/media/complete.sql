-- query: UPDATE write
WITH referred AS (
  UPDATE blobs SET reference_count = reference_count + 1, is_stored = true
  WHERE hash = $2),
joined AS (DELETE FROM media_parts WHERE media_id = $1)
UPDATE media SET state = $6, hash = $2, type = $3, job_id = $4, completed_at = $5,
updated_at = $5, verified_hash = NULL WHERE id = $1
