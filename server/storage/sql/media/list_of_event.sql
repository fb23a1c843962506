-- query: SELECT read
SELECT {{columns}} FROM media
WHERE event_id = $1 AND deleted_at IS NULL AND state <> 'uploading'
AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4
