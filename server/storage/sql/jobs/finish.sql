-- query: DELETE write unprepared
-- A scheduled task's job has the task's name as its key.
WITH held AS (
  SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS held (id, run)),
done AS (
  DELETE FROM jobs USING held WHERE jobs.id = held.id
  AND jobs.run = held.run AND state = 'running'
  RETURNING jobs.id, unique_key),
tasks AS (
  UPDATE scheduled_tasks SET last_success_at = now()
  FROM done WHERE task = unique_key)
SELECT id, true FROM done
UNION ALL SELECT jobs.id, false FROM jobs JOIN held USING (id)
WHERE jobs.id NOT IN (SELECT id FROM done)
