-- query: DELETE write
DELETE FROM events WHERE id = ANY (ARRAY(
    SELECT id FROM events WHERE owner_id = $1 AND status = 'draft' LIMIT $2))
