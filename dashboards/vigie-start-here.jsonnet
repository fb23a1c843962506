// On call: are users hurt, what changed, where.
local v = import 'vigie.libsonnet';

local duration = 'http_server_request_duration_seconds';
local count = v.metric(duration + '_count', v.public_routes);
local errors = v.metric(duration + '_count', v.public_routes { http_response_status_code: '=~"5.."' });
local buckets(matchers={}) = v.metric(duration + '_bucket', v.public_routes + matchers);
local slo(name) = name + '{service="$service",slo="availability"}';

v.dashboard(
  'vigie-start-here',
  'Vigie: on call, start here',
  'For whoever was paged. First row: are users hurt, and can this page be believed. Then what changed and where.',
  [
    v.stat(
      'Availability, last 5 minutes', 'percentunit',
      'Part of requests answered without a 5xx. Normal: 100 %. The objective is 99.9 % over 30 days; under 98.56 % the fast burn alert pages. "no traffic": nobody asks.',
      v.now('1 - %s' % slo('service:slo_errors_per_request:ratio_rate5m')),
      [[null, 'red'], [0.9856, 'orange'], [0.999, 'green']], 'no traffic'
    ),
    v.stat(
      'Answered within 250 ms', 'percentunit',
      'Part of requests of the last 5 minutes answered within 250 ms. Normal: above 99 %. Sign-ins hash passwords and take 50 to 100 ms.',
      v.now('sum (rate(%s[5m])) / (sum (rate(%s[5m])) > 0)' % [buckets({ le: '="0.25"' }), count]),
      [[null, 'red'], [0.95, 'orange'], [0.99, 'green']], 'no traffic'
    ),
    v.stat(
      'Error budget left, 30 days', 'percentunit',
      'What is left of the 0.1 % of requests that may fail in 30 days. Normal: above 50 %. 0 % is spent; below 0 the objective is missed.',
      v.now(slo('service:slo_error_budget_remaining:ratio30d')),
      [[null, 'red'], [0, 'orange'], [0.5, 'green']], 'no traffic'
    ),
    v.stat(
      'Pages firing', 'short',
      'Critical alerts that fire now. Normal: 0. The table below names them with their runbooks.',
      v.now('count(ALERTS{alertstate="firing",severity="critical",service="$service"}) or vector(0)'),
      [[null, 'green'], [1, 'red']]
    ),
    v.stat(
      'PostgreSQL', 'short',
      'Whether any process reaches PostgreSQL. Normal: up. Down for 30 seconds is the alert DbDown.',
      v.now('max(%s)' % v.metric('vigie_db_up')),
      [[null, 'red'], [1, 'green']], 'no data',
      [{ type: 'value', options: { '0': { text: 'down' }, '1': { text: 'up' } } }]
    ),
    v.stat(
      'Targets that do not answer', 'short',
      'Processes, Prometheus and Alertmanager that answer no scrape. Normal: 0. "no data" here means that Prometheus itself is gone: believe no other panel.',
      v.now('count(up == 0) or vector(0)'),
      [[null, 'green'], [1, 'red']], 'MONITORING IS DOWN'
    ),
    v.lines(
      'Requests a second by status class', 'reqps',
      'Normal: a daily curve, nearly all 2xx and 3xx. A 5xx line above 0 is users being hurt; a sudden fall of everything is an outage in front of the server.',
      [v.query('sum by (class) (label_replace(%s, "class", "${1}xx", "http_response_status_code", "(.).."))' % v.rate(duration + '_count', v.public_routes), '{{class}}')]
    ),
    v.lines(
      'Part of requests that fail, with the paging thresholds', 'percentunit',
      'Normal: 0. Above 1.44 % for an hour (and now) pages fast, above 0.6 % for six hours pages, above 0.3 % and 0.1 % make tickets.',
      [
        v.query(slo('service:slo_errors_per_request:ratio_rate5m'), '5 minutes'),
        v.query(slo('service:slo_errors_per_request:ratio_rate1h'), '1 hour'),
        v.query(slo('service:slo_errors_per_request:ratio_rate6h'), '6 hours'),
      ],
      [[0.001, 'blue'], [0.003, 'yellow'], [0.006, 'orange'], [0.0144, 'red']]
    ),
    v.lines(
      'Time to answer', 's',
      'Half, 95 % and 99 % of requests take less. Normal: p50 of a few ms, p99 under 100 ms. A dot is a request with its trace.',
      [
        v.with_exemplars(v.quantile(0.5, duration, [], v.public_routes), 'p50'),
        v.with_exemplars(v.quantile(0.95, duration, [], v.public_routes), 'p95'),
        v.with_exemplars(v.quantile(0.99, duration, [], v.public_routes), 'p99'),
      ]
    ),
    v.lines(
      'Saturation', 'percentunit',
      'Requests in flight over their limit, and the busiest queue over its capacity. Normal: under 20 %. At 100 % the server answers 503 with Retry-After.',
      [
        v.query('max(%s / %s)' % [v.metric('http_server_active_requests'), v.metric('vigie_http_requests_in_flight_limit')], 'requests in flight'),
        v.query('max by (pool) (%s / %s)' % [v.metric('vigie_worker_queue_length'), v.metric('vigie_worker_queue_capacity')], 'queue of {{pool}}'),
      ],
      [[0.9, 'red']]
    ),
    v.table(
      'Where: routes',
      'Requests, failures and p99 of each public route over the last 5 minutes. Normal: no failures; sign-in is the slowest.',
      [
        v.now('sum by (http_route) (rate(%s[5m])) > 0' % count, '', 'table'),
        v.now('(sum by (http_route) (rate(%s[5m])) or 0 * sum by (http_route) (rate(%s[5m]))) / (sum by (http_route) (rate(%s[5m])) > 0)' % [
          errors, count, count,
        ], '', 'table'),
        v.now('histogram_quantile(0.99, sum by (le, http_route) (rate(%s[5m]))) and on (http_route) sum by (http_route) (rate(%s[5m])) > 0' % [
          buckets(), count,
        ], '', 'table'),
      ],
      [['A', 'requests', 'reqps'], ['B', 'failing', 'percentunit'], ['C', 'p99', 's']]
    ),
    v.lines(
      'Where: PostgreSQL', 's',
      'p99 of the queries, and of waiting for a connection. Normal: under 10 ms, and no waiting. Waiting grows before queries do: the pool is exhausted.',
      [
        v.query(v.quantile(0.99, 'db_client_operation_duration_seconds'), 'queries'),
        v.query(v.quantile(0.99, 'db_client_connection_wait_time_seconds', ['db_client_connection_pool_name']), 'wait, {{db_client_connection_pool_name}}'),
      ], [], [12, 9]
    ),
    v.table(
      'Firing alerts',
      'What fires now, by severity. Normal: only Watchdog, which fires always. The runbook of an alert is docs/runbooks/, under its name.',
      [v.now('sum by (alertname, severity, component, long) (ALERTS{alertstate="firing"})', '', 'table')],
      [['A', 'firing', 'short']], [12, 7]
    ),
    v.table(
      'What runs',
      'Version of each process and when it started. Normal: one version. A start a few minutes before the trouble began is the first suspect.',
      [v.now('max by (instance, version, revision) (%s) * on (instance) group_left () (%s * 1000)' % [v.metric('vigie_build_info'), v.metric('process_start_time_seconds')], '', 'table')],
      [['A', 'started', 'dateTimeFromNow']], [12, 7]
    ),
  ]
)
