-- query: INSERT write
INSERT INTO account_changes (account_id, changed_at, change, actor_id, correlation_id)
VALUES ($1, $2, $3, $4, $5)
