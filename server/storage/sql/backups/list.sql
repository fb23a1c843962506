-- query: SELECT read
SELECT {{columns}} FROM backups ORDER BY taken_at DESC, id DESC
