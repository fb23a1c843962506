-- query: INSERT write
-- The usage is taken first, under its row's lock: of many at once, each sees what the others took.
WITH taken AS (
  INSERT INTO media_usage AS mine (account_id, bytes) SELECT $2, $6::bigint WHERE $6 <= $11
  ON CONFLICT (account_id) DO UPDATE SET bytes = mine.bytes + excluded.bytes
  WHERE mine.bytes + excluded.bytes <= $11 RETURNING bytes),
inserted AS (
  INSERT INTO media (id, owner_id, event_id, state, file_name, declared_type, bytes,
    part_bytes, declared_hash, created_at, updated_at, expires_at)
  SELECT $1, $2, $3, 'uploading', $4, $5, $6, $7, $8, $9, $9, $10 FROM taken RETURNING id)
SELECT EXISTS (SELECT FROM inserted), COALESCE((SELECT bytes FROM taken),
  (SELECT bytes FROM media_usage WHERE account_id = $2), 0)
