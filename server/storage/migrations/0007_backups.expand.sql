-- Dumps of this database in the store of contents; those that are too old are deleted with their object.
CREATE TABLE backups (
  id          uuid PRIMARY KEY,
  key         text NOT NULL UNIQUE,
  taken_at    timestamptz NOT NULL,
  stored_at   timestamptz NOT NULL,
  bytes       bigint NOT NULL CHECK (bytes > 0),
  hash        bytea NOT NULL CHECK (length(hash) = 32),
  -- "<table>=<rows>" at the instant that the dump shows: what a restore must have.
  row_counts  text[] NOT NULL,
  -- Of the last restore; fault is empty when it was as it should be.
  verified_at timestamptz,
  fault       text NOT NULL DEFAULT ''
);
CREATE INDEX backups_taken_at ON backups (taken_at);
