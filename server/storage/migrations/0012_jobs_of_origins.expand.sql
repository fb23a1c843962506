-- Whence a job was asked for, as a keyed hash of the address; NULL: nowhere. Takes turns as an owner does.
ALTER TABLE jobs ADD COLUMN origin text;
CREATE INDEX jobs_origin ON jobs (origin, lane) WHERE origin IS NOT NULL AND state <> 'failed';
