-- query: SELECT write
-- A statement of its own after the lock, so that its snapshot is younger than the lock: an answer
-- that was committed before the lock was freed is seen.
{{stored}}
