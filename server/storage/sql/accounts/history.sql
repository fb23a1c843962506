-- query: SELECT read
SELECT changed_at, change, actor_id, correlation_id FROM (
  SELECT * FROM account_changes WHERE account_id = $1 ORDER BY id DESC LIMIT $2) AS last
ORDER BY id
