-- query: UPDATE write
UPDATE sign_in_allowances SET full_at = full_at - $2 * interval '1 microsecond'
WHERE key = $1
