// On call: are users hurt, can this page be believed, where is it, what changed.
local v = import 'vigie.libsonnet';

local duration = 'http_server_request_duration_seconds';
local count = v.metric(duration + '_count', v.public_routes);
local errors = v.metric(duration + '_count', v.public_routes { http_response_status_code: '=~"5.."' });
local buckets(matchers={}) = v.metric(duration + '_bucket', v.public_routes + matchers);
local latency = v.objectives.latency;
local availability = v.objectives.availability;
local slo(name, slo='availability') = '%s{service="$service",slo="%s"}' % [name, slo];
local probed = v.foreign('blackbox', 'probe_success');
// Queries of what runs beside requests: jobs, backups, the scheduler, the probe of health, cleaning.
local of_requests = { db_query_summary: '!~"(jobs|tasks|backups?|health)[.].*|.*[.](remove_expired|expired_uploads|counts)"' };
local full(name, part, whole) = v.now('max (%s / (%s > 0))' % [part, whole], name);

v.dashboard(
  'vigie-start-here',
  'Vigie: on call, start here',
  'For whoever was paged. First row: are users hurt, and can this page be believed. Then where, what fires, what changed.',
  [
    v.stat(
      'Availability, last 5 minutes', 'percentunit',
      'Share of requests answered without a 5xx. Normal: 100 %. The objective is 99.9 % over 30 days; under 98.56 % the fast burn alert pages. "no traffic": nobody asks.',
      v.now('1 - %s' % slo('service:slo_errors_per_request:ratio_rate5m')),
      [[null, 'red'], [1 - v.burn_lines('availability')[3][0], 'orange'], [availability.objective, 'green']], 'no traffic'
    ) + v.runbook('ApiAvailabilityBurn') + v.decimals(2),
    v.stat(
      'Answered within %g ms' % (latency.threshold_seconds * 1000), 'percentunit',
      'Share of requests of the last 5 minutes answered in time, at all public routes. Normal: above 99 %. Sign-ins hash passwords and take 50 to 100 ms.',
      v.now('sum (rate(%s[5m])) / (sum (rate(%s[5m])) > 0)' % [buckets({ le: '="%g"' % latency.threshold_seconds }), count]),
      [[null, 'red'], [1 - v.burn_lines('latency')[3][0], 'orange'], [latency.objective, 'green']], 'no traffic'
    ) + v.runbook('ApiLatencyBurn') + v.decimals(2),
    v.stat(
      'Error budget left, 30 days', 'percentunit',
      'What is left of the requests that may fail, or be slow, in 30 days. Normal: above 50 %. 0 % is spent; below 0 the objective is missed.',
      [v.now(v.budget_left('{service="$service"}'), '{{slo}}')],
      [[null, 'red'], [0, 'orange'], [0.5, 'green']], 'too few requests'
    ) + v.sized(4, 4) + v.runbook('ApiAvailabilityBurn') + v.empty('so few requests that not one of them may fail'),
    v.stat(
      'HTTPS from outside', 'short',
      'Whether the probe gets an answer over HTTPS, as a client would, its certificate checked. Normal: yes. '
      + 'NO: nobody is served, whatever the process counts; for 30 seconds it is the alert ApiProbeFailing.',
      v.now('min(%s)' % probed), [[null, 'red'], [1, 'green']], 'no probe', v.states([[0, 'NO'], [1, 'yes']])
    ) + v.runbook('ApiProbeFailing') + v.sized(3, 4) + v.needs('blackbox') + v.link('Proxy and certificate', '/d/vigie-proxy?${service:queryparam}&${__url_time_range}'),
    v.stat(
      'Critical alerts', 'short',
      'Alerts of severity critical that fire now, those too that another one mutes: it is no count of pages that were sent. '
      + 'Normal: 0. The table below names them with their runbooks.',
      v.now('count(ALERTS{alertstate="firing",severity="critical"}) or vector(0)'),
      [[null, 'green'], [1, 'red']], 'MONITORING IS DOWN'
    ) + v.sized(3, 4),
    v.stat(
      'PostgreSQL', 'short',
      'Whether any process reaches PostgreSQL. Normal: up. Down for 30 seconds is the alert DbDown.',
      v.now('max(%s)' % v.metric('vigie_db_up')),
      [[null, 'red'], [1, 'green']], 'no data', v.states([[0, 'down'], [1, 'up']])
    ) + v.runbook('DbDown') + v.sized(3, 4),
    v.stat(
      'Can this page be believed?', 'short',
      'Whether every target answers Prometheus, the Watchdog fires and an Alertmanager takes alerts. Normal: yes. '
      + '"MONITORING IS DOWN": Prometheus itself does not answer; then "no data" elsewhere says nothing about users.',
      v.now('min(min(up) and on () count(ALERTS{alertname="Watchdog",alertstate="firing"})) * (min(%s) > bool 0) or vector(0)'
            % v.foreign('prometheus', 'prometheus_notifications_alertmanagers_discovered')),
      [[null, 'red'], [1, 'green']], 'MONITORING IS DOWN', v.states([[0, 'NO: see targets'], [1, 'yes']])
    ) + v.sized(3, 4) + v.runbook('TargetMissing') + v.link('Telemetry and monitoring', '/d/vigie-telemetry?${service:queryparam}&${__url_time_range}'),
    v.lines(
      'Requests a second by status class', 'reqps',
      'Normal: a daily curve, nearly all 2xx and 3xx. A 5xx line above 0 is users being hurt; a sudden fall of everything is an outage in front of the server.',
      [v.query('sum by (class) (label_replace(%s, "class", "${1}xx", "http_response_status_code", "(.).."))' % v.rate(duration + '_count', v.public_routes), '{{class}}')]
    ) + v.sized(8, 7) + v.status_colours,
    v.lines(
      'Share of requests that fail, with the paging thresholds', 'percentunit',
      'Normal: 0. Above the red line for an hour (and now) pages fast, above orange for six hours pages, yellow and blue make tickets.',
      [
        v.query(slo('service:slo_errors_per_request:ratio_rate5m'), '5 minutes'),
        v.query(slo('service:slo_errors_per_request:ratio_rate1h'), '1 hour'),
        v.query(slo('service:slo_errors_per_request:ratio_rate6h'), '6 hours'),
      ],
      v.burn_lines('availability')
    ) + v.sized(8, 7),
    v.lines(
      'Time to answer', 's',
      'Half, 95 % and 99 % of requests take less; and 99 % of the database queries of requests, without those of jobs, backups and cleaning. Normal: p50 of a few ms, p99 under 100 ms. A dot is a request with its trace.',
      [
        v.with_exemplars(v.quantile(0.5, duration, [], v.public_routes), 'p50'),
        v.with_exemplars(v.quantile(0.95, duration, [], v.public_routes), 'p95'),
        v.with_exemplars(v.quantile(0.99, duration, [], v.public_routes), 'p99'),
        v.query(v.quantile(0.99, 'db_client_operation_duration_seconds', [], of_requests), 'their queries p99'),
      ]
    ) + v.sized(8, 7),
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
      [['A', 'requests', 'reqps'], ['B', 'failing', 'percentunit'], ['C', 'p99', 's']], [12, 7],
      { http_route: [{ title: 'This route', url: '/d/vigie-http?var-route=${__value.text}&${service:queryparam}&${__url_time_range}' }] }, 'failing'
    ),
    v.bars(
      'Where: what is full', 'percentunit',
      'How much of each bound is taken in the fullest process. Normal: under 50 %. At 100 % requests wait or are answered 503.',
      [
        full('requests in flight', v.metric('vigie_share_held', { pool: '="requests"' }), v.metric('vigie_share_held_limit', { pool: '="requests"' })),
        full('connections to PostgreSQL', 'sum by (instance, db_client_connection_pool_name) (%s)' % v.metric('db_client_connections', { db_client_connection_state: '="used"' }),
             'sum by (instance, db_client_connection_pool_name) (%s)' % v.metric('db_client_connection_max')),
        full('queues of workers', v.metric('vigie_worker_queue_length'), v.metric('vigie_worker_queue_capacity')),
        full('file descriptors', v.metric('process_open_fds'), v.metric('process_max_fds')),
        full('queue of spans', v.metric('otel_sdk_processor_span_queue_size'), v.metric('otel_sdk_processor_span_queue_capacity')),
        v.now('max(%s / (%s > 0)) or vector(0)' % [v.metric('vigie_telemetry_spool_bytes'), v.metric('vigie_telemetry_spool_bytes_limit')], 'telemetry on disk'),
      ],
      v.steps_under('WorkerQueueSaturated') + [[0.95, 'red']], [12, 7]
    ),
    v.table(
      'Firing alerts',
      'What fires now, and since when, but for Watchdog and the marks of a recent outage, which tell nobody. Normal: none. A click on the name opens its runbook.',
      [v.now('max by (alertname, severity, component, service) (ALERTS_FOR_STATE{severity=~"critical|warning"} and ignoring (alertstate) ALERTS{alertstate="firing"}) * 1000', '', 'table')],
      [['A', 'since', 'dateTimeFromNow']], [12, 8],
      { alertname: [{ title: 'Runbook', url: '${runbooks}/${__value.text}' }] }
    ) + v.empty('nothing is wrong'),
    v.logs(
      'Last warnings and errors',
      'What the processes said at WARN and ERROR. Normal: nothing. Open a line: its trace_id leads to the trace.',
      'severity_text=~"WARN|ERROR|FATAL"', ['message', 'error_type', 'http_route', 'vigie_detail']
    ) + v.empty('nothing went wrong'),
    v.table(
      'What changed: what runs',
      'Version of each process and when it started. Normal: one version. A start a few minutes before the trouble began is the first suspect.',
      [v.now('max by (instance, version, revision) (%s * on (instance) group_left () (%s * 1000))' % [v.metric('vigie_build_info'), v.metric('process_start_time_seconds')], '', 'table')],
      [['A', 'started', 'dateTimeFromNow']], [12, 8]
    ),
    v.timeline(
      'What changed: targets that answer',
      'Each scraped process over time, and what the probe from outside got. Normal: all green. Red: it ran and did not answer. A gap: it was not a target, or Prometheus did not run.',
      [v.query('min by (job, instance) (up{job!="blackbox"}) or min by (job, instance) (%s)' % probed, '{{job}} {{instance}}')],
      v.states([[0, 'does not answer'], [1, 'answers']]), [[null, 'red'], [1, 'green']], [24, 8]
    ),
  ]
)
