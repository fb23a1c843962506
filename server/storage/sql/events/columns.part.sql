id, owner_id, status, title, description, category, tags, venue_name, venue_address,
venue_latitude, venue_longitude, starts_at, ends_at, time_zone, capacity, price_amount_minor,
price_currency, version, created_at, updated_at
