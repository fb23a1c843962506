// The objectives: how much of each budget is left, how fast it goes, and who spends it.
local v = import 'vigie.libsonnet';

local duration = 'http_server_request_duration_seconds';
local count(matchers={}) = v.metric(duration + '_count', v.public_routes + matchers);
local failed = { http_response_status_code: '=~"5.."' };
local of(name, slo) = '%s{service="$service",slo="%s"}' % [name, slo];
local title = { availability: 'Availability', latency: 'Latency', jobs: 'Jobs' };
local said = {
  availability: 'requests answered without a 5xx',
  latency: 'successful requests at ordinary routes answered within %g ms' % (v.objectives.latency.threshold_seconds * 1000),
  jobs: 'jobs of lane high that began within %g s' % v.objectives.jobs.threshold_seconds,
};
local percent(slo) = '%g %%' % (v.objectives[slo].objective * 100);

// Requests are always there; jobs are not.
local may_be_empty(slo) = if slo == 'jobs' then v.empty('no job of lane high began') else {};

local stats(slo) = [
  v.stat(
    '%s, 30 days (%s)' % [title[slo], percent(slo)], 'percentunit',
    'Share of %s, over 30 days or as long as there are data. Normal: above %s.' % [said[slo], percent(slo)],
    v.now('1 - %s' % of('service:slo_errors_per_request:ratio_rate30d', slo)),
    [[null, 'red'], [v.objectives[slo].objective, 'green']], 'no traffic'
  ) + v.decimals(3) + v.sized(4, 4) + v.runbook(v.objectives[slo].alert) + may_be_empty(slo),
  v.stat(
    '%s: budget left' % title[slo], 'percentunit',
    'What is left of the budget of 30 days. Normal: above 50 %. At 0 % nothing risky is deployed; below it the objective is missed.',
    v.now(v.budget_left('{service="$service",slo="%s"}' % slo)),
    [[null, 'red'], [0, 'orange'], [0.5, 'green']], 'too few requests'
  ) + v.sized(4, 4) + v.runbook(v.objectives[slo].alert) + v.empty('so few requests that not one of them may fail'),
];

local burn(slo) = v.lines(
  '%s: burn rate by window' % title[slo], 'short',
  'How many times faster than allowed the budget goes; at 1 it lasts exactly 30 days. Normal: under 1. An alert fires when a long window and its short one are over the same line: 1h and 5m over red, 6h and 30m over orange, 1d and 2h over yellow, 3d and 6h over blue. A window has the colour of its line; short ones are dashed.',
  [
    v.query('%s / %s' % [of('service:slo_errors_per_request:ratio_rate' + window, slo), '%.6g' % (1 - v.objectives[slo].objective)], window)
    for window in v.windows
  ],
  v.factor_lines
) + v.sized(8, 10) + v.window_colours;

v.dashboard(
  'vigie-slo',
  'Vigie: objectives and budgets',
  'Three objectives, each by itself: answers without a 5xx, answers in time, jobs that begin in time. Their table is alerts/objectives.json.',
  stats('availability') + stats('latency') + stats('jobs') + [
    burn('availability'),
    burn('latency'),
    burn('jobs') + may_be_empty('jobs'),
    v.table(
      'What the budgets count',
      'Requests, or jobs, of the last 30 days, the bad ones, and since when there are data. Normal: a month. With a day of data or less, a budget that is spent says little: look at the number of bad ones.',
      [
        v.now('round(60 * sum_over_time(service:slo_requests:rate5m{service="$service"}[30d:1m]))', '', 'table'),
        v.now('round(60 * sum_over_time(service:slo_errors:rate5m{service="$service"}[30d:1m]))', '', 'table'),
        v.now('1000 * min_over_time(timestamp(service:slo_requests:rate5m{service="$service"})[30d:1m])', '', 'table'),
      ],
      [['A', 'counted', 'short'], ['B', 'bad', 'short'], ['C', 'since', 'dateTimeFromNow']]
    ),
    v.lines(
      'Budget left over time', 'percentunit',
      'Normal: a line that falls slowly and rises again after 30 days. A step is an incident; below 0 the objective is missed.',
      [v.query('clamp_min(service:slo_error_budget_remaining:ratio30d{service="$service"}, -1)', '{{slo}}')], [[0, 'red']]
    ) + { fieldConfig+: { defaults+: { min:: null, max: 1 } } },
    v.lines(
      'Requests that count, and bad ones, a second', 'reqps',
      'Normal: bad ones at 0. With few requests a single bad one moves the ratios: then the alerts also want a count of them.',
      [
        v.query('service:slo_requests:rate5m{service="$service"}', 'counted, {{slo}}'),
        v.query('service:slo_errors:rate5m{service="$service"}', 'bad, {{slo}}'),
      ]
    ),
    v.table(
      'Who spends the budget of availability: routes, last hour',
      'Failed requests of each route, and their part of all failures. Normal: empty zeros. The first row is where to look.',
      [
        v.now('sort_desc(sum by (http_route) (increase(%s[1h])) or 0 * sum by (http_route) (increase(%s[1h])))' % [count(failed), count()], '', 'table'),
        v.now('(sum by (http_route) (increase(%s[1h])) or 0 * sum by (http_route) (increase(%s[1h]))) / on () group_left () (sum (increase(%s[1h])) > 0 or vector(1))' % [
          count(failed), count(), count(failed),
        ], '', 'table'),
      ],
      [['A', 'failed', 'short'], ['B', 'of all failures', 'percentunit']], [12, 8],
      { http_route: [{ title: 'This route', url: '/d/vigie-http?var-route=${__value.text}&${service:queryparam}&${__url_time_range}' }] }, 'failed'
    ),
    v.table(
      'Who is slow: routes, last hour',
      'Requests slower than %g ms, and their part of the route. Normal: ordinary routes near 0 %%. Sign-in and sign-up hash a password: they are slow on purpose and not in this objective.' % (v.objectives.latency.threshold_seconds * 1000),
      [
        v.now('sum by (http_route) (increase(%s[1h])) - sum by (http_route) (increase(%s[1h]))' % [
          count(), v.metric(duration + '_bucket', v.public_routes { le: '="%g"' % v.objectives.latency.threshold_seconds }),
        ], '', 'table'),
        v.now('1 - sum by (http_route) (increase(%s[1h])) / (sum by (http_route) (increase(%s[1h])) > 0)' % [
          v.metric(duration + '_bucket', v.public_routes { le: '="%g"' % v.objectives.latency.threshold_seconds }), count(),
        ], '', 'table'),
      ],
      [['A', 'slow', 'short'], ['B', 'of the route', 'percentunit']], [12, 8], {}, 'slow'
    ),
    v.timeline(
      'Alerts of the objectives and of the API, over time',
      'Which alerts fired, and when. Normal: nothing. Two long bars of one name are its fast and its slow pair.',
      [v.query('max by (alertname, long) (ALERTS{alertstate="firing",service="$service",component=~"api|jobs"})', '{{alertname}} {{long}}')],
      v.states([[1, 'fires']]), [[null, 'red']], [12, 8]
    ) + v.empty('nothing fired'),
  ]
)
