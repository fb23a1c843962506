-- query: SELECT slow
SELECT {{columns}} FROM accounts
WHERE erased_at IS NULL AND ($1 = 0 OR disabled_at IS NOT NULL)
ORDER BY created_at DESC, id DESC LIMIT $2
