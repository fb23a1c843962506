-- First answers of unsafe calls, committed with their effect. `headers` alternates names and values.
CREATE TABLE idempotency_keys (
  scope       text NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
  status      integer NOT NULL,
  headers     text[] NOT NULL,
  body        bytea NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
