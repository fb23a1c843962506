-- query: SELECT read
SELECT {{columns}} FROM accounts WHERE email = $1
