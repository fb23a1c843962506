-- query: DELETE write
DELETE FROM backups WHERE id = $1
