-- query: DELETE write
-- Not in sessions.remove_expired: of two processes that each delete a part of a family neither would
-- see the other's, and both would leave it. One that is passed over is being deleted, or used.
DELETE FROM refresh_token_families WHERE id = ANY (ARRAY(
    SELECT id FROM refresh_token_families AS family
    WHERE id = ANY ($1::uuid[]) AND NOT EXISTS (
      SELECT FROM refresh_tokens AS token WHERE token.family_id = family.id)
    FOR UPDATE SKIP LOCKED))
