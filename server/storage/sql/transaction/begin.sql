-- query: BEGIN write
BEGIN
