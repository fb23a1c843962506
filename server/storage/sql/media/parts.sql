-- query: SELECT read
SELECT number, bytes, hash, token, COALESCE(head, '') FROM media_parts
WHERE media_id = $1 AND hash IS NOT NULL ORDER BY number
