-- query: UPDATE write
WITH former AS (
  SELECT id, disabled_at FROM accounts WHERE id = $1 AND erased_at IS NULL FOR UPDATE),
changed AS (
  UPDATE accounts SET disabled_at = NULL
  FROM former WHERE accounts.id = former.id AND former.disabled_at IS NOT NULL)
SELECT disabled_at IS NOT NULL FROM former
