-- query: SELECT aside
-- For the rest of the transaction; of one statement too, since a flight is one.
SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
set_config('enable_seqscan', $3, true)
