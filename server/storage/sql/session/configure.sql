-- query: SELECT aside unprepared as diagnostic
-- is_local is false: these last for the session.
SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
set_config('idle_in_transaction_session_timeout', $3, false),
set_config('plan_cache_mode', $4, false), set_config('jit', 'off', false)
