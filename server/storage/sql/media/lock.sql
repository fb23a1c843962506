-- query: SELECT write
SELECT {{columns}} FROM media WHERE id = $1 FOR UPDATE
