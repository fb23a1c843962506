-- 200,000 published events of 10,000 owners over two years.
INSERT INTO accounts (id, email, display_name, role, password_hash, created_at)
SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'owner' || n || '@example.org',
       'Owner ' || n, 'organiser', '-', timestamptz '2026-01-01'
  FROM generate_series(1, 10000) AS n;

INSERT INTO events (id, owner_id, status, title, description, category, tags, venue_name, venue_address,
                    venue_latitude, venue_longitude, starts_at, ends_at, time_zone, capacity,
                    price_amount_minor, price_currency, version, created_at, updated_at)
SELECT ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid,
       ('00000000-0000-7000-8000-' || lpad((n % 10000 + 1)::text, 12, '0'))::uuid, 'published',
       'Event ' || n, 'An evening with music, food and conversation, number ' || n || '.',
       (ARRAY['concert', 'talk', 'market', 'sports'])[n % 4 + 1], ARRAY['tag-' || n % 50, 'tag-' || n % 7],
       'Hall ' || n % 300, n % 200 || ' Main Street', 43 + (n % 1000) / 500.0, 5 + (n % 1000) / 500.0,
       timestamptz '2026-01-01' + n % 17520 * interval '1 hour',
       timestamptz '2026-01-01' + (n % 17520 + 3) * interval '1 hour', 'Europe/Paris', 100 + n % 900,
       n % 100 * 100, 'EUR', 1, timestamptz '2026-01-01' + n * interval '1 second',
       timestamptz '2026-01-01' + n * interval '1 second'
  FROM generate_series(1, 200000) AS n;
