-- query: INSERT write
-- An expired answer may still be there.
INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,
status = excluded.status, headers = excluded.headers, body = excluded.body,
expires_at = excluded.expires_at
