-- query: DELETE write
DELETE FROM password_resets WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM password_resets WHERE expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
