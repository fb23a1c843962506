-- query: INSERT write
-- The update changes nothing and takes the lock, also of a row that came while this one waited.
INSERT INTO blobs AS blob ({{columns}})
VALUES ($1, $2, 0, false) ON CONFLICT (hash) DO UPDATE SET bytes = blob.bytes
RETURNING {{columns}}
