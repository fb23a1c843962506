-- query: SELECT aside unprepared as diagnostic
-- A session that the server has forgotten holds no lock, and hears nothing, either.
SELECT true
