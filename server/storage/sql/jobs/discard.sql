-- query: DELETE write unprepared
DELETE FROM jobs WHERE id = $1 AND state <> 'running'
RETURNING {{columns}}, {{progress_columns}}
