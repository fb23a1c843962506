-- query: UPDATE write
-- A row for an account that there is, with whether it was changed.
WITH former AS (
  SELECT id, disabled_at FROM accounts WHERE id = $1 AND erased_at IS NULL FOR UPDATE),
changed AS (
  UPDATE accounts SET disabled_at = $2, credentials_version = credentials_version + 1
  FROM former WHERE accounts.id = former.id AND former.disabled_at IS NULL)
SELECT disabled_at IS NULL FROM former
