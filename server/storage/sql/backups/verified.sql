-- query: UPDATE write
UPDATE backups SET verified_at = $2, fault = $3 WHERE id = $1
