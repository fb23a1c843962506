// What clients meet first: the proxy with its certificate, seen from outside and from within.
local v = import 'vigie.libsonnet';

local nginx(name) = v.foreign('nginx', name, { service: '="$service"' });
local probe(name, matchers={}) = v.foreign('blackbox', name, { service: '="$service"' } + matchers);
local of_proxy = v.needs('nginx');
local of_probe = v.needs('blackbox');

v.dashboard(
  'vigie-proxy',
  'Vigie: proxy and probe',
  'A probe asks for /livez through the proxy as a client would. Red here and green in Vigie: the way to it is broken.',
  [
    v.stat(
      'The probe gets its answer', 'short',
      'Normal: yes. No: name, network, certificate or proxy; compare with the panel beside.',
      v.now('min(%s)' % probe('probe_success')), [[null, 'red'], [1, 'green']], 'no data', v.states([[0, 'NO'], [1, 'yes']])
    ) + v.runbook('ApiProbeFailing') + v.sized(6, 4) + of_probe,
    v.stat(
      'Vigie answers behind it', 'short',
      'Processes that answer Prometheus directly. Normal: all of them.',
      v.now('sum(up{job="vigie",service="$service"}) / count(up{job="vigie",service="$service"})'), [[null, 'red'], [0.5, 'orange'], [1, 'green']]
    ) + v.runbook('ApiInstanceDown') + { fieldConfig+: { defaults+: { unit: 'percentunit' } } } + v.sized(6, 4),
    v.stat(
      'Certificate: time left', 's', 'Of the chain that the probe was shown. Normal: weeks.',
      v.now('min(%s) - time()' % probe('probe_ssl_earliest_cert_expiry')), v.steps_over('CertificateExpiring')
    ) + v.runbook('CertificateExpiring') + v.sized(6, 4) + of_probe,
    v.stat(
      'Connections lost by the proxy, last hour', 'short', 'Accepted and not handled: its worker_connections are full. Normal: 0.',
      v.now('round(sum(increase(%s[1h])) - sum(increase(%s[1h])))' % [nginx('nginx_connections_accepted'), nginx('nginx_connections_handled')]), [[null, 'green'], [1, 'red']]
    ) + v.runbook('ProxyConnectionsDropped') + v.sized(6, 4) + of_proxy,
    v.lines(
      'Time of a probe, by phase', 's',
      'Normal: a few ms. resolve: names; connect: network; tls: certificates; processing: the proxy and Vigie.',
      [v.query('sum by (phase) (%s)' % probe('probe_http_duration_seconds'), '{{phase}}')]
    ) + v.stacked + of_probe,
    v.lines(
      'Time of a probe, whole', 's',
      'Normal: a few ms. The clock is outside of Vigie: what waits before a request is read is in it.',
      [v.query('sum by (instance) (%s)' % probe('probe_http_duration_seconds'), '{{instance}}')],
      v.alert_lines('ApiProbeSlow')
    ) + of_probe,
    v.timeline(
      'Success of the probe', 'Normal: green. Each red stretch is a time in which nobody outside was served.',
      [v.query('min by (instance) (%s)' % probe('probe_success'), '{{instance}}')], v.states([[0, 'failed'], [1, 'answered']]), [[null, 'red'], [1, 'green']], [12, 8]
    ) + of_probe,
    v.lines(
      'Requests a second: at the proxy and in Vigie', 'reqps',
      'Normal: the same. More at the proxy: it answers itself (502, 504, its limits). More in Vigie: somebody comes past the proxy.',
      [
        v.query('sum(%s)' % v.rate_of(nginx('nginx_http_requests_total')), 'proxy'),
        v.query(v.sum_rate('http_server_request_duration_seconds_count', [], v.public_routes), 'Vigie'),
      ]
    ) + of_proxy,
    v.lines(
      'Connections of the proxy', 'short',
      'Normal: mostly waiting (kept alive). reading that grows: slow clients; writing that grows: slow answers.',
      [
        v.query('sum(%s)' % nginx('nginx_connections_active'), 'active'),
        v.query('sum(%s)' % nginx('nginx_connections_reading'), 'reading'),
        v.query('sum(%s)' % nginx('nginx_connections_writing'), 'writing'),
        v.query('sum(%s)' % nginx('nginx_connections_waiting'), 'waiting'),
      ]
    ) + of_proxy,
    v.lines(
      'New connections a second', 'cps',
      'Normal: far fewer than requests. As many: clients do not keep connections, and pay a handshake each.',
      [v.query('sum(%s)' % v.rate_of(nginx('nginx_connections_accepted')), 'accepted')]
    ) + of_proxy,
    v.lines(
      'Status that the probe got', 'short',
      'Normal: 200. 0 is no answer at all; 502 and 504 are the proxy without Vigie.',
      [v.query('max(%s)' % probe('probe_http_status_code'), 'status')]
    ) + of_probe,
  ]
)
