-- query: INSERT write
-- Each attempt puts the time off by one interval at which the allowance is whole again; it is
-- refused when that were more than the quota away. One row: when it is refused, the time as it is.
WITH taken AS (
  INSERT INTO sign_in_allowances AS held (key, full_at)
  VALUES ($1, $2::timestamptz + $3 * interval '1 microsecond')
  ON CONFLICT (key) DO UPDATE
  SET full_at = greatest(held.full_at, $2) + $3 * interval '1 microsecond'
  WHERE greatest(held.full_at, $2) + $3 * interval '1 microsecond'
  <= $2 + $3 * $4 * interval '1 microsecond' RETURNING full_at)
SELECT true, full_at FROM taken UNION ALL
SELECT false, full_at FROM sign_in_allowances
WHERE key = $1 AND NOT EXISTS (SELECT FROM taken)
