-- query: INSERT write
-- Written once a day for each address. Of an account that is gone nothing is kept.
WITH forgotten AS (
  DELETE FROM known_addresses WHERE account_id = $1 AND address IN (
    SELECT address FROM known_addresses WHERE account_id = $1 AND address <> $2
    ORDER BY seen_at DESC OFFSET $4 - 1))
INSERT INTO known_addresses AS known (account_id, address, seen_at)
SELECT id, $2, $3 FROM accounts WHERE id = $1 AND erased_at IS NULL
ON CONFLICT (account_id, address) DO UPDATE SET seen_at = excluded.seen_at
WHERE known.seen_at < excluded.seen_at - interval '1 day'
