-- query: SELECT read
SELECT COALESCE((SELECT bytes FROM media_usage WHERE account_id = $1), 0)
