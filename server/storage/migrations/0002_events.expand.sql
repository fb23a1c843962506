CREATE TABLE events (
  id                 uuid PRIMARY KEY,
  owner_id           uuid NOT NULL REFERENCES accounts (id),
  status             text NOT NULL CHECK (status IN ('draft', 'published', 'cancelled')),
  title              text NOT NULL,
  description        text NOT NULL,
  category           text NOT NULL,
  tags               text[] NOT NULL,
  venue_name         text,
  venue_address      text,
  venue_latitude     double precision CHECK (venue_latitude BETWEEN -90 AND 90),
  venue_longitude    double precision CHECK (venue_longitude BETWEEN -180 AND 180),
  starts_at          timestamptz NOT NULL,
  ends_at            timestamptz NOT NULL CHECK (ends_at > starts_at),
  time_zone          text NOT NULL,
  capacity           integer NOT NULL CHECK (capacity > 0),
  price_amount_minor bigint NOT NULL CHECK (price_amount_minor >= 0),
  price_currency     text NOT NULL,
  version            bigint NOT NULL,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  -- 'simple': titles are in any language, so words are neither stemmed nor left out.
  search             tsvector NOT NULL GENERATED ALWAYS AS (
                       setweight(to_tsvector('simple', title), 'A') ||
                       setweight(to_tsvector('simple', description), 'B')) STORED,
  CONSTRAINT events_venue_is_whole CHECK (
    num_nulls(venue_name, venue_address, venue_latitude, venue_longitude) IN (0, 4))
);

-- Lists are read page by page along (sort key, id). One index for each sort without a filter, and
-- one for each filter that keeps few rows; further filters are checked on the rows they yield.
CREATE INDEX events_starts_at ON events (starts_at, id);
CREATE INDEX events_created_at ON events (created_at, id);
CREATE INDEX events_owner_starts_at ON events (owner_id, starts_at, id);
CREATE INDEX events_owner_created_at ON events (owner_id, created_at, id);
CREATE INDEX events_category_starts_at ON events (category, starts_at, id);
CREATE INDEX events_category_created_at ON events (category, created_at, id);
CREATE INDEX events_status_starts_at ON events (status, starts_at, id);
CREATE INDEX events_status_created_at ON events (status, created_at, id);
-- fastupdate off: a pending list would make some reads pay for the writes before them.
CREATE INDEX events_tags ON events USING gin (tags) WITH (fastupdate = off);
CREATE INDEX events_search ON events USING gin (search) WITH (fastupdate = off);
