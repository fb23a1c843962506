// What does the work inside a process: reactors with their fibers, and pools of threads with their queues.
local v = import 'vigie.libsonnet';

local pools = ['pool'];

v.dashboard(
  'vigie-workers',
  'Vigie: workers and queues',
  'Threads that compute beside the reactors, the tasks that wait for them, and the fibers that carry requests.',
  [
    v.stat(
      'Fullest queue', 'percentunit',
      'Tasks that wait over how many may wait, in the fullest pool. Normal: 0 %. At 100 % the next task is refused and its request answered 503.',
      v.now('max(%s / %s)' % [v.metric('vigie_worker_queue_length'), v.metric('vigie_worker_queue_capacity')]),
      v.steps_under('WorkerQueueSaturated')
    ) + v.runbook('WorkerQueueSaturated') + v.sized(6, 4),
    v.stat(
      'Threads at work', 'percentunit',
      'Busy threads of all pools. Normal: under 70 %. At 100 % tasks wait.',
      v.now('sum(%s) / sum(%s)' % [v.metric('vigie_worker_threads', { state: '="busy"' }), v.metric('vigie_worker_threads')]),
      [[null, 'green'], [0.7, 'orange'], [1, 'red']]
    ) + v.runbook('WorkerQueueSaturated') + v.sized(6, 4),
    v.stat(
      'Requests in flight', 'percentunit',
      'Requests in flight over their limit. Normal: under 20 %. At 100 % the answer is 503.',
      v.now('max(%s / %s)' % [v.metric('vigie_share_held', { pool: '="requests"' }), v.metric('vigie_share_held_limit', { pool: '="requests"' })]),
      v.steps_under('ApiOverloaded')
    ) + v.runbook('ApiOverloaded') + v.sized(6, 4),
    v.stat(
      'Password hash, p99 of 5 minutes', 's',
      'With its wait for a thread. Normal: 50 to 100 ms. Seconds: more sign-ins arrive than the pool hashes.',
      v.now('histogram_quantile(0.99, sum by (le) (rate(%s[5m])))' % v.metric('vigie_password_hash_duration_seconds_bucket')),
      [[null, 'green'], [0.25, 'orange'], [1, 'red']], 'no sign-ins'
    ) + v.runbook('SignInSlow') + v.sized(6, 4) + v.empty('nobody signed in'),
    v.lines(
      'Share of threads at work, by pool', 'percentunit',
      'Normal: waves under 70 %. A flat 100 % is a pool that cannot keep up.',
      [v.query('%s / %s' % [v.sum_of('vigie_worker_threads', pools, { state: '="busy"' }), v.sum_of('vigie_worker_threads', pools)], '{{pool}}')]
    ) + v.axis_max(1),
    v.lines(
      'Tasks that wait, by pool', 'short',
      'Normal: 0, single ones in bursts. A queue that only grows ends at its capacity, with 503 for what comes after.',
      [
        v.query(v.sum_of('vigie_worker_queue_length', pools), '{{pool}} waiting'),
        v.query(v.sum_of('vigie_worker_queue_capacity', pools), '{{pool}} capacity'),
      ]
    ),
    v.lines(
      'Password hashes: p50 and p99 with their wait', 's',
      'Normal: close together, 50 to 100 ms. When they part, tasks wait.',
      [
        v.with_exemplars(v.quantile(0.5, 'vigie_password_hash_duration_seconds'), 'p50'),
        v.with_exemplars(v.quantile(0.99, 'vigie_password_hash_duration_seconds'), 'p99'),
      ]
    ),
    v.lines(
      'Fibers', 'short',
      'Fibers that run a request, and stacks kept for the next ones. Normal: running follows the requests in flight. Running that never falls is a request that never ends.',
      [v.query(v.sum_of('vigie_fibers', ['state']), '{{state}}')]
    ),
    v.lines(
      'Requests in flight and their limit, by process', 'short',
      'Normal: even between processes. One process high alone: its reactors or its host.',
      [
        v.query(v.metric('http_server_active_requests'), '{{instance}}'),
        v.query('max(%s)' % v.metric('vigie_http_requests_in_flight_limit'), 'limit'),
      ]
    ),
    v.lines(
      'Sign-ins and sign-ups a second', 'reqps',
      'What fills the pool of hashes. Normal: a few. Compare with refusals in the dashboard of security.',
      [
        v.query(v.sum(v.rate('vigie_auth_attempts_total', { method: '="password"' }), ['outcome']), 'sign-in, {{outcome}}'),
        v.query(v.sum_rate('vigie_accounts_created_total'), 'accounts created'),
      ]
    ),
    v.lines(
      'Sign-ins that take longer than 0.75 s', 'percentunit',
      'Normal: none. The hash takes 50 to 100 ms; the rest is its queue.',
      [v.query('1 - sum by (http_route) (%s) / (sum by (http_route) (%s) > 0)' % [
        v.rate('http_server_request_duration_seconds_bucket', { http_route: '="/api/v1/auth/login"', http_response_status_code: '=~"2.."', le: '="0.75"' }),
        v.rate('http_server_request_duration_seconds_count', { http_route: '="/api/v1/auth/login"', http_response_status_code: '=~"2.."' }),
      ], '{{http_route}}')],
      v.alert_lines('SignInSlow')
    ) + v.empty('nobody signs in'),
    v.traces(
      'Traces: password hashes slower than 250 ms',
      'Normal: none. A long one has waited for a thread: its siblings say for whom.',
      '{ resource.service.name = "$service" && name = "auth.password_hash" && duration > 250ms }', [24, 8]
    ) + v.empty('no hash was slow'),
  ]
)
