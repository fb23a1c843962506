state, unique_key, worker, started_at, lease_until, failed_at, error_code, error_detail
