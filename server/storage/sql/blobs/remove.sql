-- query: DELETE write
DELETE FROM blobs WHERE hash = $1 AND reference_count = 0
