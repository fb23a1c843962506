-- query: SAVEPOINT aside
-- What undo() goes back to.
SAVEPOINT unit
