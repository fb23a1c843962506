-- query: SELECT slow
SELECT id FROM media WHERE state = 'uploading' AND expires_at <= $1
ORDER BY expires_at LIMIT $2
