-- query: SELECT aside unprepared as diagnostic
-- Any number will do that no other lock of the program has.
SELECT pg_try_advisory_lock(8246517025)
