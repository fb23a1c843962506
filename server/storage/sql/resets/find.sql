-- query: SELECT read
SELECT {{accounts/columns of account}}
FROM password_resets AS reset JOIN accounts AS account ON account.id = reset.account_id
WHERE reset.hash = $1 AND reset.expires_at > $2 AND account.erased_at IS NULL
