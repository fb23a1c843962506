-- query: SELECT write
SELECT {{columns}} FROM blobs WHERE hash = $1 FOR UPDATE
