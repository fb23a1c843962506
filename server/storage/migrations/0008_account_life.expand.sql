-- An erased account keeps its id, so that what it published is still somebody's, and nothing that says who it was.
ALTER TABLE accounts
  ALTER COLUMN email DROP NOT NULL,
  ADD COLUMN disabled_at timestamptz,
  ADD COLUMN erased_at timestamptz,
  -- Grows when what opens sessions changes: a sign-in that began before does not end well.
  ADD COLUMN credentials_version bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT accounts_are_nobody_once_erased CHECK (
    (email IS NULL) = (erased_at IS NOT NULL) AND (erased_at IS NULL OR (display_name = '' AND password_hash = '')));
CREATE INDEX accounts_created_at ON accounts (created_at, id) WHERE erased_at IS NULL;

-- Servers ask again and again which sessions have ended: access tokens of these are good no more.
CREATE INDEX refresh_token_families_revoked_at ON refresh_token_families (revoked_at) WHERE revoked_at IS NOT NULL;

-- Who changed what about an account, for good: ids alone, so that it may stay when the account is erased.
CREATE TABLE account_changes (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id     uuid NOT NULL REFERENCES accounts (id),
  changed_at     timestamptz NOT NULL,
  change         text NOT NULL,
  -- Nobody: an operator, by the command line; or, of a reset, who had the token.
  actor_id       uuid REFERENCES accounts (id),
  correlation_id text NOT NULL
);
CREATE INDEX account_changes_account_id ON account_changes (account_id, id);

-- Only hashes of tokens are kept. One that was used is gone, with all others of its account. Without an account: an address
-- that nobody has was asked for, and the same work was done.
CREATE TABLE password_resets (
  hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
  account_id uuid REFERENCES accounts (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_account_id ON password_resets (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX password_resets_expires_at ON password_resets (expires_at);

-- How many failures an e-mail address has left, as the time at which it has all of them again. The key is a keyed hash: an
-- address that was mistyped, or is nobody's, is not kept.
CREATE TABLE sign_in_allowances (
  key     bytea PRIMARY KEY CHECK (length(key) = 32),
  full_at timestamptz NOT NULL
);
CREATE INDEX sign_in_allowances_full_at ON sign_in_allowances (full_at);

-- From where an account has signed in, as keyed hashes: its owner is not locked out by who guesses from elsewhere.
CREATE TABLE known_addresses (
  account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  address    bytea NOT NULL CHECK (length(address) = 32),
  seen_at    timestamptz NOT NULL,
  PRIMARY KEY (account_id, address)
);
CREATE INDEX known_addresses_seen_at ON known_addresses (seen_at);
