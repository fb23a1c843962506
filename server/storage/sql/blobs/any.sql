-- query: SELECT read
SELECT EXISTS (SELECT FROM blobs WHERE is_stored)
