-- query: UPDATE write
WITH forgotten AS (DELETE FROM known_addresses WHERE account_id = $1)
UPDATE accounts SET email = NULL, display_name = '', password_hash = '', role = 'user',
disabled_at = NULL, erased_at = $2, credentials_version = credentials_version + 1
WHERE id = $1 AND erased_at IS NULL
