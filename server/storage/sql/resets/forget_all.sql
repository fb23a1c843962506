-- query: DELETE write
DELETE FROM password_resets WHERE account_id = $1
