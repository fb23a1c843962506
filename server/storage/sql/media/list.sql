-- query: SELECT read
SELECT {{columns}} FROM media
WHERE owner_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3)
ORDER BY created_at DESC, id DESC LIMIT $4
