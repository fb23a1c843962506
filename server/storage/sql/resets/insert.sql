-- query: INSERT write
INSERT INTO password_resets (hash, account_id, created_at, expires_at)
SELECT $1, id, $2, $3 FROM accounts WHERE id = $4 AND erased_at IS NULL
