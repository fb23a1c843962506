// PostgreSQL from both sides: what Vigie sees (db_client_*), and what the server says of itself (pg_*).
local v = import 'vigie.libsonnet';

local operation = 'db_client_operation_duration_seconds';
local pool = 'db_client_connection_pool_name';
local pg(name, matchers={}) = v.foreign('postgres', name, { service: '="$service"' } + matchers);
local database = { datname: '="vigie"' };
local pg_rate(name) = v.sum(v.rate_of(pg(name, database)));
local of_server = v.needs('postgres');

v.dashboard(
  'vigie-database',
  'Vigie: PostgreSQL, client and server view',
  'First what requests feel of the database, then what the database says. Slow in both: the database. Slow only above: the pool or the network.',
  [
    v.stat(
      'PostgreSQL answers', 'short',
      'Whether any process of Vigie reaches it, and whether its exporter does. Normal: up, up. Down for Vigie alone: network, account or password. Down for 30 seconds is the alert DbDown.',
      [
        v.now('max(%s)' % v.metric('vigie_db_up'), 'Vigie'),
        v.now('max(%s) or 0 * max(%s) - 1' % [pg('pg_up'), v.metric('vigie_db_up')], 'its exporter'),
      ], [[null, 'text'], [0, 'red'], [1, 'green']], 'no data', v.states([[-1, 'no exporter'], [0, 'down'], [1, 'up']])
    ) + v.runbook('DbDown') + v.sized(8, 4),
    v.stat(
      'Failing operations, 5 minutes', 'percentunit',
      'Share of the queries that failed. Normal: 0 %. The panel of error types below says which.',
      v.now('(sum(rate(%s[5m])) or vector(0)) / (sum(rate(%s[5m])) > 0)' % [
        v.metric(operation + '_count', { error_type: '!=""' }), v.metric(operation + '_count'),
      ]), [[null, 'green'], [0.001, 'orange'], [0.01, 'red']], 'no queries'
    ) + v.runbook('DbDown'),
    v.stat(
      'Slowest query: over 100 ms', 'percentunit',
      'Of the runs of the query that is slow most often, in 5 minutes. Normal: 0 %. The panel of p99 by query names it.',
      v.now('max(1 - sum by (db_query_summary) (rate(%s[5m])) / (sum by (db_query_summary) (rate(%s[5m])) > 0))' % [
        v.metric(operation + '_bucket', { le: '="0.1"' }), v.metric(operation + '_count'),
      ]),
      v.steps_under('DbSlowQueries')[0:2], 'no queries'
    ) + v.runbook('DbSlowQueries') + v.decimals(1),
    v.stat(
      'Connections of the server in use', 'percentunit',
      'Open connections over what clients may open (max_connections without those kept for superusers). Normal: under 50 %. Full: every new client is refused.',
      v.now('sum(%s) / (max(%s) - max(%s))' % [pg('pg_stat_activity_count'), pg('pg_settings_max_connections'), pg('pg_settings_superuser_reserved_connections')]),
      v.steps_under('DbConnectionsNearLimit')
    ) + v.runbook('DbConnectionsNearLimit') + of_server,
    v.stat(
      'Longest transaction now', 's',
      'Normal: under a second. Old transactions hold locks and keep dead rows. The runbook says how to end one.',
      v.now('max(%s)' % pg('pg_stat_activity_max_tx_duration')), v.steps_under('DbLongTransaction')
    ) + v.runbook('DbLongTransaction') + of_server,
    v.lines(
      'Client: operations a second by query', 'ops',
      'Normal: follows the requests. A query that leads without its route leading is asked in a loop.',
      v.top('db_query_summary', function(range) 'sum by (db_query_summary) (rate(%s%s))' % [v.metric(operation + '_count'), range],
            function(others) 'sum %s' % others)
    ),
    v.lines(
      'Client: p99 by query', 's',
      'Normal: under 10 ms each. One slow query is a plan or a lock; all slow is the server or its disk. A dot is a trace.',
      v.slowest('db_query_summary', operation)
    ),
    v.lines(
      'Client: failed operations a second by type', 'ops',
      'Normal: 0. connection types: it is down; timeouts: it is slow or locked; a code of five characters is a SQLSTATE.',
      [v.query(v.or_zero(v.sum_rate(operation + '_count', ['error_type'], { error_type: '!=""' }), 'error_type'), '{{error_type}}')]
    ),
    v.lines(
      'Client: connections used, idle and allowed', 'short',
      'Normal: used far below allowed. Used at allowed with callers waiting: the pool is exhausted.',
      [
        v.query(v.sum_of('db_client_connections', [pool, 'db_client_connection_state']), '{{db_client_connection_pool_name}} {{db_client_connection_state}}'),
        v.query(v.sum_of('db_client_connection_max', [pool]), '{{db_client_connection_pool_name}} allowed'),
      ]
    ),
    v.lines(
      'Client: callers waiting, and those that gave up a second', 'short',
      'Normal: 0 and 0. Waiting for minutes, or any that gave up: look who holds connections.',
      [
        v.query(v.sum_of('db_client_connection_pending_requests', [pool]), 'waiting, {{db_client_connection_pool_name}}'),
        v.query(v.sum_rate('db_client_connection_timeouts_total', [pool]), 'gave up a second, {{db_client_connection_pool_name}}'),
      ]
    ) + v.right_axis('/a second/', 'cps'),
    v.lines(
      'Client: time to get a connection, and to open one (p99)', 's',
      'Normal: under 1 ms to get one; opening takes some ms and is rare.',
      [
        v.query(v.quantile(0.99, 'db_client_connection_wait_time_seconds', [pool]), 'get, {{db_client_connection_pool_name}}'),
        v.query(v.quantile(0.99, 'db_client_connection_create_time_seconds', [pool]), 'open, {{db_client_connection_pool_name}}'),
      ]
    ),
    v.lines(
      'Server: connections by state', 'short',
      'Normal: a few active, the rest idle. `idle in transaction` for long is a bug of a client.',
      [v.query('sum by (state) (%s)' % pg('pg_stat_activity_count'), '{{state}}')]
    ) + of_server,
    v.lines(
      'Server: transactions a second', 'ops',
      'Normal: commits follow the requests; roll-backs near 0. Many roll-backs: failing statements, or clients that leave.',
      [v.query(pg_rate('pg_stat_database_xact_commit'), 'committed'), v.query(pg_rate('pg_stat_database_xact_rollback'), 'rolled back')]
    ) + of_server,
    v.lines(
      'Server: share of blocks found in memory', 'percentunit',
      'Normal: above 99 %. A fall is a plan that reads a whole table, or shared_buffers that are too small.',
      [v.query('%s / (%s + %s > 0)' % [pg_rate('pg_stat_database_blks_hit'), pg_rate('pg_stat_database_blks_hit'), pg_rate('pg_stat_database_blks_read')], 'found')]
    ) + of_server + v.axis_max(1),
    v.lines(
      'Server: age of the oldest transaction by state', 's',
      'Normal: under a second. Minutes in `idle in transaction` block vacuum; minutes in `active` are one slow query.',
      [v.query('max by (state) (%s)' % pg('pg_stat_activity_max_tx_duration'), '{{state}}')],
      v.alert_lines('DbLongTransaction')
    ) + of_server,
    v.lines(
      'Server: locks by mode', 'short',
      'Normal: AccessShare and RowExclusive, as many as queries. AccessExclusive for more than a moment stops everybody: a migration.',
      [v.query(v.or_zero('sum by (mode) (%s) > 0' % pg('pg_locks_count', database), 'mode'), '{{mode}}')]
    ) + of_server,
    v.lines(
      'Server: deadlocks and spilled files, in 15 minutes', 'short',
      'Normal: 0. A deadlock is two writers in opposite order; a spilled file is a sort or join over work_mem.',
      [
        v.query('sum(increase(%s[15m]))' % pg('pg_stat_database_deadlocks', database), 'deadlocks'),
        v.query('sum(increase(%s[15m]))' % pg('pg_stat_database_temp_files', database), 'spilled files'),
      ],
      v.alert_lines('DbDeadlocks')
    ) + of_server,
    v.lines(
      'Server: checkpoints a minute', 'short',
      'Normal: timed ones only. Requested ones mean that writes fill max_wal_size before its time.',
      [
        v.query('60 * sum(%s)' % v.rate_of(pg('pg_stat_bgwriter_checkpoints_timed_total')), 'timed'),
        v.query('60 * sum(%s)' % v.rate_of(pg('pg_stat_bgwriter_checkpoints_req_total')), 'requested'),
      ]
    ) + of_server,
    v.lines(
      'Server: size of the database', 'bytes',
      'Normal: grows slowly. A jump is a loop that writes; compare with the disk in the dashboard of processes and host.',
      [v.query('sum by (datname) (%s)' % pg('pg_database_size_bytes', { datname: '!~"template.*"' }), '{{datname}}')]
    ) + of_server,
    v.traces(
      'Traces: queries, transactions and waits slower than 100 ms',
      'Normal: none. Open one: the longest child is the cause.',
      '{ resource.service.name = "$service" && (span.db.query.summary != "" || name = "db.connection.wait" || name = "db.transaction") && duration > 100ms }'
    ) + v.empty('nothing was slow'),
  ]
)
