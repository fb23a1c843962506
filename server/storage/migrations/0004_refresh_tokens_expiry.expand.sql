-- Expired tokens are deleted in portions, oldest first.
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);
