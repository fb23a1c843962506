SELECT fingerprint, status, headers, body FROM idempotency_keys
WHERE scope = $1 AND key = $2 AND expires_at > $3
