CREATE TABLE accounts (
  id            uuid PRIMARY KEY,
  email         text NOT NULL,
  display_name  text NOT NULL,
  role          text NOT NULL CHECK (role IN ('user', 'organiser', 'administrator')),
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL,
  CONSTRAINT accounts_email_key UNIQUE (email),
  CONSTRAINT accounts_email_is_lower_case CHECK (email = lower(email))
);

-- A family is the chain of refresh tokens that began with one sign-in.
CREATE TABLE refresh_token_families (
  id         uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX refresh_token_families_account_id ON refresh_token_families (account_id);

-- Only hashes of tokens are kept. A token is rotated once; seen again, it has been stolen.
CREATE TABLE refresh_tokens (
  hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
  family_id  uuid NOT NULL REFERENCES refresh_token_families (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  rotated_at timestamptz
);
CREATE INDEX refresh_tokens_family_id ON refresh_tokens (family_id);
