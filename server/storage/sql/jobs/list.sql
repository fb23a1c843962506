-- query: SELECT slow unprepared
-- Planned at each call, with its values: conditions that are not asked for cost nothing.
SELECT {{columns}}, {{progress_columns}} FROM jobs
WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR lane = $2)
AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR id < $4::uuid)
ORDER BY id DESC LIMIT $5
