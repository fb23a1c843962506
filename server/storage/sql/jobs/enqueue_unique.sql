-- query: INSERT write unprepared as jobs.enqueue
-- Planned at each call: a plan made while the table was small would read all of a long queue.
{{insertion}}
