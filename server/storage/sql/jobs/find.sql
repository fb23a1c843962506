-- query: SELECT read unprepared
SELECT {{columns}}, {{progress_columns}} FROM jobs WHERE id = $1
