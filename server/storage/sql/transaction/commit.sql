-- query: COMMIT write
COMMIT
