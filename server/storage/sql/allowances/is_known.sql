-- query: SELECT read
SELECT EXISTS (SELECT FROM known_addresses WHERE account_id = $1 AND address = $2)
