-- query: UPDATE write
-- Of two at once, the second waits for the first one's row lock, and then finds the token rotated.
WITH rotated AS (
  UPDATE refresh_tokens AS token SET rotated_at = $2
  FROM refresh_token_families AS family, accounts AS account
  WHERE token.hash = $1 AND token.rotated_at IS NULL AND token.expires_at > $2
  AND family.id = token.family_id AND family.revoked_at IS NULL
  AND account.id = family.account_id AND account.disabled_at IS NULL
  AND account.erased_at IS NULL
  RETURNING token.family_id, {{accounts/columns of account}}),
inserted AS (
  INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at)
  SELECT $3, family_id, $2, $4 FROM rotated)
SELECT * FROM rotated
