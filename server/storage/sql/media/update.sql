-- query: UPDATE write
UPDATE media SET state = $2, updated_at = $3, width = $4, height = $5, previews = $6,
failure = $7, deleted_at = $8, purge_at = $9 WHERE id = $1
