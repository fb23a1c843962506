-- query: SELECT read
SELECT {{columns}} FROM events WHERE id = $1
