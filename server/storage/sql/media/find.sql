-- query: SELECT read
SELECT {{columns}} FROM media WHERE id = $1
