-- query: INSERT write
-- One row is written whether there is such an account or not.
WITH account AS (
  SELECT * FROM accounts WHERE email = $4 AND disabled_at IS NULL),
sent_to AS (
  SELECT * FROM account WHERE (SELECT count(*) FROM password_resets
    WHERE account_id = account.id AND created_at >= $5) < $6),
inserted AS (
  INSERT INTO password_resets (hash, account_id, created_at, expires_at)
  VALUES ($1, (SELECT id FROM sent_to), $2, $3))
SELECT {{accounts/columns}} FROM sent_to
