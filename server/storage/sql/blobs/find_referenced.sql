-- query: SELECT read
-- Few at a time, each by its table's key. A content may also be there before its upload is
-- complete, as a process leaves it that was killed between the store and the commit: the upload's
-- parts are gone, and whoever completes it again counts on the content. Unfinished uploads are
-- few.
WITH wanted AS MATERIALIZED (
  SELECT decode(digits, 'hex') AS hash FROM unnest($2::text[]) AS digits)
SELECT id::text FROM media WHERE state = 'uploading' AND id = ANY ($1::uuid[])
UNION ALL SELECT encode(hash, 'hex') FROM blobs JOIN wanted USING (hash) WHERE is_stored
UNION ALL SELECT encode(verified_hash, 'hex') FROM media
JOIN wanted ON wanted.hash = verified_hash WHERE state = 'uploading'
UNION ALL SELECT encode(part.hash, 'hex') FROM media
JOIN media_parts AS part ON part.media_id = media.id
JOIN wanted ON wanted.hash = part.hash
WHERE state = 'uploading' AND part.number = 1 AND part.bytes = media.bytes
