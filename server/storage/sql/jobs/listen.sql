-- query: LISTEN aside unprepared as diagnostic
LISTEN jobs
