-- Work that waits, runs or has failed. What is done is deleted.
CREATE TABLE jobs (
  id              uuid PRIMARY KEY,
  kind            text NOT NULL,
  lane            text NOT NULL CHECK (lane IN ('high', 'low', 'external')),
  priority        integer NOT NULL,
  -- ready: as soon as a worker is free; scheduled: when run_at has come.
  state           text NOT NULL CHECK (state IN ('ready', 'scheduled', 'running', 'failed')),
  payload         text NOT NULL,
  payload_version integer NOT NULL,
  unique_key      text,
  run_at          timestamptz NOT NULL,
  attempt         integer NOT NULL DEFAULT 0,
  attempts_max    integer NOT NULL CHECK (attempts_max > 0),
  -- How often a worker has got it. With the id it says which run is meant, also after an operator
  -- has set `attempt` back: a worker that lost the job cannot end another one's run.
  run             bigint NOT NULL DEFAULT 0,
  lease_seconds   integer NOT NULL CHECK (lease_seconds > 0),
  lease_until     timestamptz,
  worker          text,
  correlation_id  text NOT NULL,
  traceparent     text NOT NULL,
  enqueued_at     timestamptz NOT NULL,
  started_at      timestamptz,
  failed_at       timestamptz,
  -- Of the last run that failed.
  error_code      text,
  error_detail    text,
  CONSTRAINT jobs_have_a_lease_while_they_run CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CONSTRAINT jobs_say_when_they_failed CHECK ((state = 'failed') = (failed_at IS NOT NULL))
)
-- Rows live for milliseconds: a scan must not wade through what is left of them.
WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05,
      autovacuum_vacuum_cost_delay = 0);

-- A claim reads the first rows of the first index, whatever waits behind them. What may not run yet
-- has an index of its own, else a claim would have to pass it.
CREATE INDEX jobs_ready ON jobs (lane, priority DESC, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_scheduled ON jobs (run_at) WHERE state = 'scheduled';
-- Without lease_until: a heartbeat changes no index.
CREATE INDEX jobs_running ON jobs (lane, id) WHERE state = 'running';
CREATE INDEX jobs_failed ON jobs (lane, failed_at, id) WHERE state = 'failed';
CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key) WHERE state <> 'failed';

-- What the scheduler has to remember of its tasks.
CREATE TABLE scheduled_tasks (
  task             text PRIMARY KEY,
  last_enqueued_at timestamptz,
  last_success_at  timestamptz
);
