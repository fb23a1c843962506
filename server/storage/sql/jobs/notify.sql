-- query: NOTIFY write
-- It has nothing that a crash could lose: its commit does not wait for the disk.
SELECT set_config('synchronous_commit', 'off', true),
pg_notify('jobs', lane) FROM unnest($1::text[]) AS lane
