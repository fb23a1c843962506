-- query: INSERT write
-- The time of the rotation stays, so that repeating does not prolong the leave to repeat.
WITH repeated AS (
  SELECT token.family_id, {{accounts/columns of account}}
  FROM refresh_tokens AS token
  JOIN refresh_token_families AS family ON family.id = token.family_id
  JOIN accounts AS account ON account.id = family.account_id
  WHERE token.hash = $1 AND token.rotated_at > $5 AND token.expires_at > $2
  AND family.revoked_at IS NULL AND account.disabled_at IS NULL
  AND account.erased_at IS NULL),
inserted AS (
  INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at)
  SELECT $3, family_id, $2, $4 FROM repeated)
SELECT * FROM repeated
