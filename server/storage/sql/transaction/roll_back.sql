-- query: ROLLBACK write unprepared as transaction.undo
ROLLBACK
