-- query: UPDATE write
UPDATE media SET verified_hash = $2
WHERE id = $1 AND generation = $3 AND state = 'uploading'
