-- query: UPDATE write
-- Locks the upload before the part, as the beginning of a part does.
WITH upload AS (
  SELECT id FROM media WHERE id = $1 AND state = 'uploading' FOR UPDATE),
written AS (
  UPDATE media_parts AS part SET bytes = $4, hash = $5, token = $6,
  head = NULLIF($7::bytea, '') FROM upload
  WHERE part.media_id = upload.id AND part.number = $2 AND part.generation = $3
  RETURNING part.media_id),
prolonged AS (
  UPDATE media SET expires_at = $8 WHERE id IN (SELECT media_id FROM written))
SELECT EXISTS (SELECT FROM written), EXISTS (SELECT FROM media WHERE id = $1)
