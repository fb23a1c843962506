-- query: DELETE write
DELETE FROM password_resets
WHERE hash = $1 AND account_id IS NOT NULL AND expires_at > $2
