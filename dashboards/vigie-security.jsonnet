// Who tries to get in, who is refused, what runs out.
local v = import 'vigie.libsonnet';

local count(matchers) = v.metric('http_server_request_duration_seconds_count', v.public_routes + matchers);
local attempts(matchers={}) = v.metric('vigie_auth_attempts_total', matchers);
local failures = 'sum(rate(%s[5m]))' % attempts({ outcome: '!="success"' });
local all_attempts = 'sum(rate(%s[5m]))' % attempts();

v.dashboard(
  'vigie-security',
  'Vigie: security',
  'Sign-ins and tokens, refusals, limits, certificates. Addresses and accounts are in the log lines below, never in metrics.',
  [
    v.stat(
      'Failing attempts to sign in, 5 minutes', 'percentunit',
      'Share of passwords, refresh tokens and access tokens that are refused. Normal: under 10 %. Above half, in numbers, is an attack or a key that expired.',
      v.now('%s / (%s > 0)' % [failures, all_attempts]), v.steps_under('AuthFailureSurge')[0:2], 'no attempts'
    ) + v.runbook('AuthFailureSurge') + v.sized(6, 4),
    v.stat(
      'Refresh tokens used twice, last hour', 'short',
      'A stolen token, or a client that stores the old one. Normal: 0. The family of the token is revoked at once.',
      v.now('round(sum(increase(%s[1h])))' % attempts({ outcome: '="reused"' })), [[null, 'green'], [1, 'red']]
    ) + v.runbook('RefreshTokenReused') + v.sized(6, 4),
    v.stat(
      'Requests refused by a rate limit, last hour', 'short',
      'Normal: 0. `login` is guessing, `address` and `account` a client in a loop.',
      v.now('round(sum(increase(%s[1h])))' % v.metric('vigie_rate_limited_total')), [[null, 'green'], [100, 'orange']]
    ) + v.runbook('RateLimitedMany') + v.sized(6, 4),
    v.stat(
      'Certificate: time left', 's',
      'Of the certificate that clients see. Normal: weeks.',
      v.now('min(%s) - time()' % v.foreign('blackbox', 'probe_ssl_earliest_cert_expiry')),
      v.steps_over('CertificateExpiring')
    ) + v.runbook('CertificateExpiring') + v.sized(6, 4) + v.needs('blackbox'),
    v.lines(
      'Attempts a second, by method and outcome', 'reqps',
      'Normal: nearly all `token success`. A rise of `password invalid` is guessing; of `token invalid`, an expired or changed key.',
      [v.query(v.or_zero('sum by (method, outcome) (%s) > 0' % v.rate_of(attempts()), 'outcome'), '{{method}} {{outcome}}')]
    ),
    v.lines(
      'Share of attempts that fail', 'percentunit',
      'By method. Normal: under 10 %.',
      [v.query(v.part('sum by (method) (%s)' % v.rate_of(attempts({ outcome: '!="success"' })), 'sum by (method) (%s)' % v.rate_of(attempts())), '{{method}}')],
      v.alert_lines('AuthFailureSurge')[0:1]
    ) + v.axis_max(1),
    v.lines(
      'Who is not let in: 401, 403 a second by route', 'reqps',
      'Normal: a few. 401 at every route: tokens are refused. 403 at one: somebody tries what is not theirs.',
      [v.query(v.or_zero('sum by (http_route, http_response_status_code) (%s)' % v.rate_of(count({ http_response_status_code: '=~"401|403"' })), 'http_route'), '{{http_route}} {{http_response_status_code}}')]
    ),
    v.lines(
      'Rate-limited requests a second, by scope', 'reqps',
      'Normal: 0.',
      [v.query(v.sum_rate('vigie_rate_limited_total', ['scope']), '{{scope}}')]
    ),
    v.lines(
      'What scanners ask: 404, 405 a second', 'reqps',
      'Requests that no route takes. Normal: a few. A flood is a scanner: it costs little, and its paths make no series.',
      [v.query(v.or_zero('sum by (http_response_status_code) (%s)' % v.rate_of(count({ http_response_status_code: '=~"404|405"' })), 'http_response_status_code'), '{{http_response_status_code}}')]
    ),
    v.lines(
      'Connections refused or given up a second', 'cps',
      'Normal: 0. `connections_per_address`: one client opens too many; `slow` and `stalled`: it does not read, by fault or on purpose.',
      [
        v.query(v.sum_rate('vigie_http_connections_refused_total', ['reason']), 'refused: {{reason}}'),
        v.query(v.sum_rate('vigie_http_readers_given_up_total', ['reason']), 'given up: {{reason}}'),
      ]
    ),
    v.lines(
      'Malformed trace headers a second', 'cps',
      'traceparent, tracestate and baggage that were left out. Normal: 0. A client library with a bug, or somebody who probes.',
      [v.query(v.sum_rate('vigie_context_malformed_total', ['header']), '{{header}}')]
    ),
    v.lines(
      'Share of idempotency keys that are refused', 'percentunit',
      'conflict: used for another payload; in_progress: sent again too soon. Normal: 0. A client that makes its keys wrongly: its second order is refused, not made.',
      [v.query('%s / on () group_left () (%s > 0)' % [
        v.sum_rate('vigie_idempotency_requests_total', ['outcome'], { outcome: '=~"conflict|in_progress"' }),
        v.sum_rate('vigie_idempotency_requests_total'),
      ], '{{outcome}}')],
      v.alert_lines('IdempotencyConflictSurge')
    ) + v.empty('nobody sends an Idempotency-Key'),
    v.lines(
      'Password hashes: p99 with their wait', 's',
      'Normal: 50 to 100 ms. It rises first when passwords are guessed in numbers.',
      [v.with_exemplars(v.quantile(0.99, 'vigie_password_hash_duration_seconds'), 'p99')]
    ),
    v.lines(
      'Accounts created a second', 'cps',
      'Normal: a few a day. A burst is a script.',
      [v.query(v.sum_rate('vigie_accounts_created_total'), 'created')]
    ),
    v.lines(
      'Changes of accounts a second', 'ops',
      'Normal: a few a day. Many `disabled` or `sessions_ended` are an operator at work; many `reset_issued` are not.',
      [v.query(v.sum_rate('vigie_account_changes_total', ['change']), '{{change}}')]
    ),
    v.logs(
      'Refused requests: who, where, why',
      'Each 401, 403 and 429 with its address; a line stands for itself and for `vigie_suppressed` more. Normal: single lines from many addresses. One address in all of them: its owner is known to the proxy.',
      'event="http.request" | http_response_status_code=~"401|403|429"',
      ['client_address', 'http_request_method', 'http_route', 'http_response_status_code', 'vigie_error_code', 'user_id', 'vigie_suppressed'],
      [16, 8]
    ) + v.empty('nobody was refused'),
    v.logs(
      'Events of security',
      'Refused sign-ins, reused tokens, limits met, keys and accounts changed. Normal: few.',
      'event=~"auth.failed|auth.reuse_detected|auth.keys_rotated|account.changed" or vigie_error_code="rate_limited"',
      ['message', 'vigie_reason', 'user_id', 'vigie_rate_limit_scope'], [8, 8]
    ) + v.empty('nothing of the kind happened'),
  ]
)
