-- query: INSERT write
-- The account is locked until the session is there: who changes its credentials comes before, and
-- is seen, or after, and sees the session that is to end.
WITH account AS (
  SELECT id FROM accounts WHERE id = $2 AND credentials_version = $6
  AND disabled_at IS NULL AND erased_at IS NULL FOR SHARE),
family AS (
  INSERT INTO refresh_token_families (id, account_id, created_at)
  SELECT $1, id, $4 FROM account RETURNING id)
INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at)
SELECT $3, id, $4, $5 FROM family
