-- query: SELECT read
SELECT task, last_success_at FROM scheduled_tasks WHERE last_success_at IS NOT NULL
