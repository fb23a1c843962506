-- query: DELETE write
WITH removed AS (DELETE FROM events WHERE id = $1 AND version = $2 RETURNING id)
SELECT EXISTS (SELECT FROM removed), EXISTS (SELECT FROM events WHERE id = $1)
