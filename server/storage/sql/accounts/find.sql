-- query: SELECT read
SELECT {{columns}} FROM accounts WHERE id = $1 AND erased_at IS NULL
