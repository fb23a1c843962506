-- query: SELECT aside
SELECT pg_cancel_backend($1)
