"""Jobs as rows, put there by a test."""

import uuid


def insert(postgres, state="ready", kind="sessions.clean", lane="low", **columns):
    """A job as the queue keeps it; returns its id."""
    job = str(uuid.uuid4())
    values = {"id": job, "kind": kind, "lane": lane, "priority": 0, "state": state, "payload": "{}",
              "payload_version": 1, "run_at": "now()", "attempts_max": 3, "lease_seconds": 30,
              "correlation_id": "cause-" + job[:8], "traceparent": "", "enqueued_at": "now()"} | columns
    if state == "failed":
        values |= {"failed_at": "now()", "error_code": "unavailable", "error_detail": "was away", "attempt": 3}
    if state == "running":
        values |= {"lease_until": "2100-01-01", "worker": "else:1"}
    if state == "scheduled":
        values["run_at"] = "2100-01-01"
    postgres.psql(f"insert into jobs ({', '.join(values)}) values ("
                  + ", ".join(f"'{value}'" for value in values.values()) + "); notify jobs, 'low'")
    return job
