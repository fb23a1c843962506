// The public API by route: rate, errors, duration, and what refuses requests before they count.
local v = import 'vigie.libsonnet';

local duration = 'http_server_request_duration_seconds';
local of_routes = { http_route: ['=~"$route"', v.public_routes.http_route] };
local count(matchers={}) = v.metric(duration + '_count', of_routes + matchers);
local requests(by=[], matchers={}) = v.sum_rate(duration + '_count', by, of_routes + matchers);

v.dashboard(
  'vigie-http',
  'Vigie: HTTP by route',
  'Rate and errors on the left, duration on the right; below, what limits and refuses. Filter by route above.',
  [
    v.lines(
      'Requests a second by route', 'reqps',
      'Normal: a daily curve in which the list of events leads. A route that vanishes is an outage that no error ratio shows.',
      v.top('http_route', function(range) 'sum by (http_route) (rate(%s%s))' % [count(), range], function(others) 'sum %s' % others)
    ),
    v.heatmap(
      'Time to answer, all requests', 's',
      'How many requests took how long. Normal: one dark band at a few ms. A second band is a cause of its own; its dots are traces.',
      v.with_exemplars(v.sum_rate(duration + '_bucket', ['le'], of_routes), '{{le}}')
    ),
    v.lines(
      'Share of requests that fail (5xx), by route', 'percentunit',
      'Normal: 0 everywhere. The lines are where the burn alerts fire: red over an hour, orange over six, yellow over a day, blue over three days.',
      v.top('http_route', function(range) '(%s)' % v.part(
        'sum by (http_route) (rate(%s%s))' % [count({ http_response_status_code: '=~"5.."' }), range],
        'sum by (http_route) (rate(%s%s))' % [count(), range]
      )),
      v.burn_lines('availability')
    ),
    v.lines(
      'Time to answer: p50, p95, p99', 's',
      'Normal: p50 of a few ms, p99 under 100 ms. The first bucket ends at 5 ms: below it these are estimates. A dot is a trace.',
      [
        v.with_exemplars(v.quantile(0.5, duration, [], of_routes), 'p50'),
        v.with_exemplars(v.quantile(0.95, duration, [], of_routes), 'p95'),
        v.with_exemplars(v.quantile(0.99, duration, [], of_routes), 'p99'),
      ]
    ),
    v.lines(
      'Share of ordinary requests slower than %g ms' % (v.objectives.latency.threshold_seconds * 1000), 'percentunit',
      'Of the successful ones. Normal: under 1 %, the lowest line. The lines are where the burn alerts of latency fire: red over an hour, orange over six, yellow over a day, blue over three days.',
      [
        v.query('service:slo_errors_per_request:ratio_rate%s{service="$service",slo="latency"}' % window, window)
        for window in ['5m', '1h', '6h', '1d']
      ],
      v.burn_lines('latency')
    ),
    v.traces(
      'Traces: failed, or slower than %g ms' % (v.objectives.latency.threshold_seconds * 1000),
      'Every failed and every slow request is kept, so these are all of them. Normal: none but sign-ins.',
      '{ resource.service.name = "$service" && span.http.route =~ "$route" && span.http.route %s && (status = error || duration > %gms) }'
      % [std.strReplace(v.public_routes.http_route, '!~', '!~ '), v.objectives.latency.threshold_seconds * 1000]
    ) + v.empty('no request failed or was slow'),
    v.lines(
      'Failures a second by error type', 'reqps',
      'The stable code of each 5xx. Normal: empty lines at 0. `unavailable` is the database, `overloaded` a limit, `internal` a bug.',
      [v.query(v.or_zero(requests(['error_type'], { http_response_status_code: '=~"5.."' }), 'error_type'), '{{error_type}}')]
    ),
    v.lines(
      'p99 by route', 's',
      'Normal: under 100 ms; sign-in 50 to 100 ms more, because it hashes a password.',
      v.slowest('http_route', duration, of_routes)
    ),
    v.lines(
      'Refusals to clients (4xx) a second, by status', 'reqps',
      'Normal: a few 401 and 404. Many 401 are an attack or an expired key; many 422 a broken client; 429 is the rate limit.',
      [v.query(v.or_zero(requests(['http_response_status_code'], { http_response_status_code: '=~"4.."' }), 'http_response_status_code'), '{{http_response_status_code}}')]
    ),
    v.lines(
      'Share of requests that is refused, by status', 'percentunit',
      'Normal: low, and as an hour before. 404 on everything is a prefix that a proxy lost; 429 a limit that users feel.',
      [v.query('service_status:http_refusals_per_request:ratio_rate5m{service="$service"}', '{{http_response_status_code}}')],
      v.alert_lines('RefusalsRisen')
    ) + v.empty('nobody was refused'),
    v.lines(
      'Mean time to answer', 's',
      'Sum over count, which no bucket blurs. Normal: a few ms; it must move with the quantiles.',
      v.top('http_route', function(range) '(sum by (http_route) (rate(%s%s)) / (sum by (http_route) (rate(%s%s)) > 0))' % [v.metric(duration + '_sum', of_routes), range, count(), range])
    ),
    v.lines(
      'Share of each pool in use', 'percentunit',
      'Of all callers together, and of the client address that holds most of its share (decision 34). Normal: both low. One address at 100 % is refused with 429 and nobody else; all of a pool is 503 for everybody. Of `leased` and `slow`, connections to PostgreSQL, requests over the share wait first.',
      [
        v.query('max by (pool) (%s / %s)' % [v.metric('vigie_share_held'), v.metric('vigie_share_held_limit')], '{{pool}}'),
        v.query('max by (pool) (%s / %s)' % [v.metric('vigie_share_largest'), v.metric('vigie_share_largest_limit')], '{{pool}}: the largest share'),
      ],
      v.alert_lines('ApiOverloaded')
    ),
    v.lines(
      'Callers refused a place a second, by pool', 'reqps',
      'Normal: 0. `address` and `account`: one caller holds its share; `full`: all callers together have taken the pool.',
      [v.query(v.sum_rate('vigie_share_refused_total', ['pool', 'reason']), '{{pool}}: {{reason}}')],
      v.alert_lines('CallerShareExceeded')
    ),
    v.lines(
      'Client connections, and those refused or given up a second', 'short',
      'Normal: steady, none refused. Refusals name the limit that was met; readers given up did not take their answers; idle ones are closed when nine places in ten are taken.',
      [
        v.query('sum(%s)' % v.metric('vigie_http_connections'), 'open'),
        v.query(v.sum_rate('vigie_http_connections_refused_total', ['reason']), 'refused a second: {{reason}}'),
        v.query(v.sum_rate('vigie_http_readers_given_up_total', ['reason']), 'readers given up a second: {{reason}}'),
        v.query(v.sum_rate('vigie_http_idle_connections_closed_total'), 'idle ones closed a second'),
      ]
    ) + v.right_axis('/a second/', 'cps'),
    v.lines(
      'Rate-limited requests a second, by scope', 'reqps',
      'Normal: 0. `login` is guessing of passwords, `address` and `account` a client in a loop. Refusals of any kind that repeat within a second have no line of their own.',
      [
        v.query(v.sum_rate('vigie_rate_limited_total', ['scope']), '{{scope}}'),
        v.query(v.sum_rate('vigie_http_refusals_suppressed_total'), 'refusals without a line'),
      ]
    ),
    v.lines(
      'Idempotency keys a second, by outcome', 'reqps',
      'Normal: nearly all new. Replays are retries that were safe; conflicts are a key used for two payloads, a bug of a client. Refused ones never reached their handler: a malformed key, a fault in the request, too many keys stored.',
      [v.query(v.sum_rate('vigie_idempotency_requests_total', ['outcome']), '{{outcome}}')]
    ),
    v.lines(
      'Sign-ins and tokens a second, by outcome', 'reqps',
      'Normal: successes. `invalid` passwords in numbers are an attack; `reused` refresh tokens are theft or a broken client.',
      [v.query(v.or_zero(v.sum_rate('vigie_auth_attempts_total', ['method', 'outcome']) + ' > 0', 'outcome'), '{{method}} {{outcome}}')]
    ),
    v.lines(
      'Password hashing, p99 with its wait', 's',
      'Normal: 50 to 100 ms. Seconds mean that more sign-ins arrive than the pool hashes; over its queue the answer is 503.',
      [v.query(v.quantile(0.99, 'vigie_password_hash_duration_seconds'), 'p99')]
    ),
    v.logs(
      'Log lines of failed requests',
      'Each with its code, and its trace_id that leads to the trace. Normal: none.',
      'event="http.request" | http_response_status_code >= 500 | http_route =~ "$route" | http_route ' + v.public_routes.http_route,
      ['http_request_method', 'http_route', 'http_response_status_code', 'error_type', 'trace_id']
    ) + v.empty('no request failed'),
  ],
  [v.variable('route', 'Route', 'label_values(http_server_request_duration_seconds_count{service="$service"}, http_route)', multi=true,
              regex='/^(?!\\/(metrics|livez|readyz|healthz|(admin|debug)\\/.*)$).*/')]
)
