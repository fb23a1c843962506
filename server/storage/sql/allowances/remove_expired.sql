-- query: DELETE write
DELETE FROM sign_in_allowances WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM sign_in_allowances WHERE full_at <= $1
    ORDER BY full_at LIMIT $2 FOR UPDATE SKIP LOCKED))
