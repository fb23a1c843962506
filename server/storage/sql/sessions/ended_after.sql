-- query: SELECT read
SELECT id, revoked_at FROM refresh_token_families WHERE (revoked_at, id) > ($1, $2)
ORDER BY revoked_at, id LIMIT $3
