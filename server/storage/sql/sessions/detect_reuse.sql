-- query: UPDATE write
UPDATE refresh_token_families AS family SET revoked_at = $2
FROM refresh_tokens AS token
WHERE token.hash = $1 AND token.rotated_at IS NOT NULL AND token.expires_at > $2
AND family.id = token.family_id AND family.revoked_at IS NULL
RETURNING family.account_id
