-- query: DELETE write
-- A row for each token that is deleted. One that is being rotated is passed over.
DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM refresh_tokens WHERE expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING family_id::text
