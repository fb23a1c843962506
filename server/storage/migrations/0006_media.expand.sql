-- Contents, each stored once however many media have it. Whoever changes what is stored under a
-- hash, or counts on it, holds the row's lock: so none is removed while it gets a new reference.
CREATE TABLE blobs (
  hash            bytea PRIMARY KEY CHECK (length(hash) = 32),
  bytes           bigint NOT NULL CHECK (bytes > 0),
  reference_count bigint NOT NULL CHECK (reference_count >= 0),
  -- The object is there, durably.
  is_stored       boolean NOT NULL,
  CONSTRAINT blobs_that_are_referred_to_are_stored CHECK (reference_count = 0 OR is_stored)
);

-- Names of contents, and uploads that are to become such. A deleted one keeps its state.
CREATE TABLE media (
  id            uuid PRIMARY KEY,
  owner_id      uuid NOT NULL REFERENCES accounts (id),
  event_id      uuid REFERENCES events (id) ON DELETE SET NULL,
  state         text NOT NULL CHECK (state IN ('uploading', 'processing', 'ready', 'failed')),
  file_name     text NOT NULL,
  declared_type text NOT NULL,
  bytes         bigint NOT NULL CHECK (bytes > 0),
  part_bytes    bigint NOT NULL CHECK (part_bytes > 0),
  declared_hash bytea CHECK (length(declared_hash) = 32),
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  -- Grows whenever the writing of a part begins: what was found out before is not true any more.
  generation    bigint NOT NULL DEFAULT 0,
  verified_hash bytea CHECK (length(verified_hash) = 32),
  hash          bytea REFERENCES blobs (hash),
  type          text,
  job_id        uuid,
  completed_at  timestamptz,
  width         integer NOT NULL DEFAULT 0,
  height        integer NOT NULL DEFAULT 0,
  previews      text[] NOT NULL DEFAULT '{}',
  failure       text NOT NULL DEFAULT '',
  deleted_at    timestamptz,
  purge_at      timestamptz,
  CONSTRAINT media_have_a_content_once_complete CHECK (
    num_nulls(hash, type, completed_at) = CASE WHEN state = 'uploading' THEN 3 ELSE 0 END),
  CONSTRAINT media_are_purged_once_deleted CHECK ((deleted_at IS NULL) = (purge_at IS NULL)),
  CONSTRAINT media_are_complete_when_deleted CHECK (deleted_at IS NULL OR state <> 'uploading')
);
CREATE INDEX media_owner_created_at ON media (owner_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX media_event_created_at ON media (event_id, created_at, id) WHERE event_id IS NOT NULL;
CREATE INDEX media_hash ON media (hash) WHERE hash IS NOT NULL;
CREATE INDEX media_expires_at ON media (expires_at) WHERE state = 'uploading';

-- A part counts when it has a hash: its writing in this generation is over.
CREATE TABLE media_parts (
  media_id   uuid NOT NULL REFERENCES media (id) ON DELETE CASCADE,
  number     integer NOT NULL CHECK (number > 0),
  generation bigint NOT NULL,
  bytes      bigint,
  hash       bytea CHECK (length(hash) = 32),
  token      text,
  -- The content's first bytes, with part 1: its type is told by them.
  head       bytea,
  PRIMARY KEY (media_id, number)
);

-- What each account has uploaded, or is going to: the sum of its media, kept so that a quota is one
-- comparison under one lock.
CREATE TABLE media_usage (
  account_id uuid PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  bytes      bigint NOT NULL CHECK (bytes >= 0)
);
