-- query: UPDATE write
UPDATE refresh_token_families SET revoked_at = $2
WHERE account_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3
