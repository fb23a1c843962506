-- query: ROLLBACK write unprepared
ROLLBACK TO SAVEPOINT unit
