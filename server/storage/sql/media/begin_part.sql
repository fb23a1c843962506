-- query: UPDATE write
WITH begun AS (
  UPDATE media SET generation = generation + 1, verified_hash = NULL
  WHERE id = $1 AND state = 'uploading' RETURNING id, generation),
part AS (
  INSERT INTO media_parts (media_id, number, generation)
  SELECT id, $2, generation FROM begun
  ON CONFLICT (media_id, number) DO UPDATE SET generation = excluded.generation,
  bytes = NULL, hash = NULL, token = NULL, head = NULL)
SELECT (SELECT generation FROM begun), EXISTS (SELECT FROM media WHERE id = $1)
