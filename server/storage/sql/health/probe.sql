-- query: SELECT aside
SELECT extract(epoch FROM clock_timestamp())::float8,
(SELECT max(age(datfrozenxid))::float8 FROM pg_database)
