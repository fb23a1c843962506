// Beside a load test: what is offered, what is answered, what it costs, where it ends.
local v = import 'vigie.libsonnet';

local duration = 'http_server_request_duration_seconds';
local of = v.public_routes;
local requests(matchers={}) = v.sum_rate(duration + '_count', [], of + matchers);

v.dashboard(
  'vigie-load-test',
  'Vigie: load test',
  'For whoever drives a load. Raise it until one of the bounds below is met; write down which, and at what rate.',
  [
    v.lines(
      'Requests answered a second', 'reqps',
      'Normal: what the load offers. Under it, requests wait outside: the end of capacity is met.',
      [
        v.query(requests(), 'all'),
        v.query(requests({ http_response_status_code: '=~"[23].."' }), '2xx, 3xx'),
        v.query('%s or vector(0)' % requests({ http_response_status_code: '=~"4.."' }), '4xx'),
        v.query('%s or vector(0)' % requests({ http_response_status_code: '=~"5.."' }), '5xx'),
      ]
    ),
    v.lines(
      'Time to answer: p50, p99, p99.9', 's',
      'Normal: flat until the capacity is met, then p99.9 leaves first. Measured in the server: time that a client waited to be taken is not in it.',
      [
        v.with_exemplars(v.quantile(0.5, duration, [], of), 'p50'),
        v.with_exemplars(v.quantile(0.99, duration, [], of), 'p99'),
        v.with_exemplars(v.quantile(0.999, duration, [], of), 'p99.9'),
      ],
      [[v.objectives.latency.threshold_seconds, 'orange']]
    ),
    v.heatmap(
      'Time to answer', 's',
      'Normal: one band. It splits when some requests wait for something that others do not.',
      v.with_exemplars(v.sum_rate(duration + '_bucket', ['le'], of), '{{le}}')
    ),
    v.lines(
      'Refused for lack of capacity, a second', 'reqps',
      'Normal: 0. 503 overloaded: the limit of requests in flight; 429: the rate limit, which a load test must raise first.',
      [
        v.query('%s or vector(0)' % requests({ error_type: '="overloaded"' }), 'overloaded'),
        v.query('%s or vector(0)' % requests({ error_type: '="unavailable"' }), 'unavailable'),
        v.query('%s or vector(0)' % requests({ http_response_status_code: '="429"' }), 'rate limited'),
        v.query(v.sum_rate('vigie_http_connections_refused_total', ['reason']), 'connection refused: {{reason}}'),
      ]
    ),
    v.lines(
      'Processor time of one request', 's',
      'CPU seconds over requests. Normal: level. It rises with contention, and with the size of answers.',
      [v.query('%s / (%s > 0)' % [v.sum_rate('process_cpu_seconds_total'), requests()], 'a request')]
    ),
    v.lines(
      'Processors used', 'short',
      'Normal: proportional to the load. At the number of reactors the process is full.',
      [v.query(v.sum_rate('process_cpu_seconds_total', ['instance']), '{{instance}}')]
    ),
    v.lines(
      'Requests in flight, connections', 'short',
      'Normal: in flight is rate times time to answer (Little\'s law). When it climbs at a level rate, something waits.',
      [
        v.query(v.sum_of('http_server_active_requests'), 'in flight'),
        v.query(v.sum_of('vigie_http_requests_in_flight_limit'), 'limit of in flight'),
        v.query(v.sum_of('vigie_http_connections'), 'connections'),
      ]
    ),
    v.lines(
      'Database: p99, and wait for a connection', 's',
      'Normal: queries level, no wait. The wait grows first when the pool is too small.',
      [
        v.query(v.quantile(0.99, 'db_client_operation_duration_seconds'), 'queries'),
        v.query(v.quantile(0.99, 'db_client_connection_wait_time_seconds'), 'wait'),
      ]
    ),
    v.lines(
      'Database connections used', 'percentunit',
      'Of those allowed, by pool. Normal: under 70 %.',
      [v.query('%s / %s' % [
        v.sum_of('db_client_connections', ['db_client_connection_pool_name'], { db_client_connection_state: '="used"' }),
        v.sum_of('db_client_connection_max', ['db_client_connection_pool_name']),
      ], '{{db_client_connection_pool_name}}')]
    ) + v.axis_max(1),
    v.lines(
      'Memory', 'bytes',
      'Normal: climbs with connections, then levels, and stays when the load is over: it is kept for the next.',
      [v.query(v.sum_of('process_resident_memory_bytes', ['instance']), '{{instance}}')]
    ),
    v.lines(
      'Telemetry under load: lost records a second', 'cps',
      'Normal: 0. A load test that loses spans measures something else than production.',
      [v.query(v.or_zero(v.sum_rate('vigie_telemetry_dropped_total', ['signal', 'reason']) + ' > 0', 'reason'), '{{signal}} {{reason}}')]
    ),
    v.lines(
      'What the load does: changes of events a second', 'ops',
      'Normal: as scripted.',
      [v.query(v.sum_rate('vigie_event_changes_total', ['change']), '{{change}}')]
    ),
  ]
)
