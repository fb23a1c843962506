-- query: UPDATE write
-- Says in one round trip whether it was changed, and if not, whether it exists.
WITH changed AS (
  UPDATE events SET version = version + 1, status = $3, updated_at = $4, title = $5,
  description = $6, category = $7, tags = $8, venue_name = $9, venue_address = $10,
  venue_latitude = $11, venue_longitude = $12, starts_at = $13, ends_at = $14,
  time_zone = $15, capacity = $16, price_amount_minor = $17, price_currency = $18
  WHERE id = $1 AND version = $2 RETURNING id)
SELECT EXISTS (SELECT FROM changed), EXISTS (SELECT FROM events WHERE id = $1)
