-- query: DELETE write
DELETE FROM known_addresses WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM known_addresses WHERE seen_at < $1
    ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED))
