-- Whose work a job is, as an account's id; NULL: nobody's. Who has much of it waits behind who has little.
ALTER TABLE jobs ADD COLUMN owner text;
CREATE INDEX jobs_owner ON jobs (owner, lane) WHERE owner IS NOT NULL AND state <> 'failed';
