id, kind, lane, priority, payload, payload_version, attempt, attempts_max, enqueued_at, run_at,
correlation_id, traceparent
