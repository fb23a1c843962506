-- query: UPDATE write
UPDATE accounts SET password_hash = $2, credentials_version = credentials_version + 1
WHERE id = $1 AND erased_at IS NULL
