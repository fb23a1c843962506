-- query: DELETE write
WITH gone AS (DELETE FROM media WHERE id = $1 RETURNING owner_id, bytes, hash),
freed AS (
  UPDATE media_usage SET bytes = media_usage.bytes - gone.bytes FROM gone
  WHERE account_id = gone.owner_id)
UPDATE blobs SET reference_count = reference_count - 1,
is_stored = is_stored AND reference_count > 1 FROM gone WHERE blobs.hash = gone.hash
