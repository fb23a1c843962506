// Can the other dashboards be believed: what became of each span and log line, and who watches.
local v = import 'vigie.libsonnet';

local m(name, matchers={}) = v.metric(name, matchers);
local prom(name, matchers={}) = v.foreign('prometheus', name, matchers);
v.dashboard(
  'vigie-telemetry',
  'Vigie: telemetry and monitoring',
  'The account of Vigie\'s own telemetry first, then the programs that carry and keep it. Loss here makes other panels wrong.',
  [
    v.stat(
      'Records lost, last hour', 'short',
      'Spans and log lines that no back end will get. Normal: 0. The panel of reasons below says why.',
      v.now('round(sum(increase(%s[1h])))' % m('vigie_telemetry_dropped_total')), [[null, 'green'], [1, 'red']]
    ) + v.runbook('TelemetryLoss'),
    v.stat(
      'Records waiting on disk', 'short',
      'Normal: 0. They wait because the collector does not take them; they are sent when it does.',
      v.now('sum(%s)' % m('vigie_telemetry_spooled_records')), [[null, 'green'], [1, 'orange']]
    ) + v.runbook('TelemetryExportFailing'),
    v.stat(
      'Targets that do not answer', 'short',
      'Of everything that Prometheus scrapes. Normal: 0. "MONITORING IS DOWN": Prometheus does not answer.',
      v.now('count(up == 0) or vector(0)'), [[null, 'green'], [1, 'red']], 'MONITORING IS DOWN'
    ) + v.runbook('TargetMissing'),
    v.stat(
      'Age of the last scrape', 's',
      'Of the oldest scraped process of Vigie. Normal: under 10 s. More: what you read elsewhere is old.',
      v.now('max(time() - timestamp(%s))' % m('vigie_build_info')), [[null, 'green'], [15, 'orange'], [60, 'red']]
    ) + v.runbook('ApiInstanceDown'),
    v.stat(
      'Watchdog', 'short',
      'The alert that always fires; its beats reach the pager each minute. Normal: fires. Silent: no alert can be trusted.',
      v.now('count(ALERTS{alertname="Watchdog",alertstate="firing"}) or vector(0)'),
      [[null, 'red'], [1, 'green']], 'MONITORING IS DOWN', v.states([[0, 'SILENT'], [1, 'fires']])
    ) + v.runbook('Watchdog'),
    v.stat(
      'Notifications that failed, last hour', 'short',
      'Pages, tickets and messages that Alertmanager could not deliver. Normal: 0.',
      v.now('round(sum(increase(%s[1h])))' % v.foreign('alertmanager', 'alertmanager_notifications_failed_total')), [[null, 'green'], [1, 'red']]
    ) + v.runbook('AlertmanagerFailingToSend'),
    v.lines(
      'Telemetry records by outcome, a second', 'cps',
      'Each span and log line is exported, sampled out or dropped; or it waits. Normal: created = exported + sampled out. Dropped is 0.',
      [
        v.query(v.sum_rate('vigie_telemetry_records_total', ['signal', 'outcome']), '{{signal}} {{outcome}}'),
        v.query(v.sum_rate('vigie_telemetry_dropped_total', ['signal']), '{{signal}} dropped'),
      ]
    ),
    v.lines(
      'Lost records a second, by reason', 'cps',
      'Normal: 0. queue_full: more than the exporter takes; spool_evicted: the disk\'s bound was met; rejected: the back end refuses them.',
      [v.query(v.or_zero('sum by (signal, reason) (%s) > 0' % v.rate_of(m('vigie_telemetry_dropped_total')), 'reason'), '{{signal}} {{reason}}')]
    ),
    v.lines(
      'Queues in memory', 'short',
      'Records that wait for export. Normal: under half of the capacity. At the capacity new ones are dropped or go to disk.',
      [
        v.query(v.sum_of('otel_sdk_processor_span_queue_size'), 'spans'),
        v.query(v.sum_of('otel_sdk_processor_span_queue_capacity'), 'spans, capacity'),
        v.query(v.sum_of('otel_sdk_processor_log_queue_size'), 'log records'),
        v.query(v.sum_of('vigie_telemetry_queued_records', ['signal']), 'all waiting, {{signal}}'),
      ]
    ),
    v.lines(
      'Waiting on disk: share of the spool taken', 'percentunit',
      'Of the bytes that a signal may keep there. Normal: 0 while the collector answers. At 100 % its oldest are dropped. A signal that is not exported has no disk, and stays at 0.',
      [
        v.query('max by (instance, signal) (%s / (%s > 0) or 0 * %s)' % [
          m('vigie_telemetry_spool_bytes'), m('vigie_telemetry_spool_bytes_limit'), m('vigie_telemetry_spool_bytes'),
        ], '{{instance}} {{signal}}'),
        v.query('sum(increase(%s[1h]))' % m('vigie_telemetry_spool_corrupt_segments_total'), 'damaged segments, last hour'),
      ],
      v.alert_lines('TelemetrySpoolFilling')
    ) + v.right_axis('/damaged/', 'short'),
    v.lines(
      'Attempts to export: p99, and those that fail a second', 's',
      'Seconds of an attempt, and failures. Normal: some ms and none. retryable: the collector is away or full; refused: it does not want them.',
      [
        v.query(v.quantile(0.99, 'otel_sdk_exporter_operation_duration_seconds', ['otel_component_type']), 'p99, {{otel_component_type}}'),
        v.query(v.sum_rate('otel_sdk_exporter_operation_duration_seconds_count', ['error_type'], { error_type: '!=""' }), 'fail a second: {{error_type}}'),
      ]
    ) + v.right_axis('/fail/', 'cps') + v.needs('otelcol'),
    v.lines(
      'By OpenTelemetry\'s names: processed and exported a second', 'cps',
      'The same account in the names that other SDKs use. Normal: no line with a reason above 0.',
      [
        v.query(v.sum_rate('otel_sdk_processor_span_processed_total', ['error_type']), 'spans processed {{error_type}}'),
        v.query(v.or_zero(v.sum_rate('otel_sdk_exporter_span_exported_total', ['error_type']) + ' > 0', 'error_type'), 'spans exported {{error_type}}'),
        v.query(v.sum_rate('otel_sdk_log_created_total'), 'log records created'),
        v.query(v.sum_rate('otel_sdk_processor_log_processed_total', ['error_type']), 'log records processed {{error_type}}'),
        v.query(v.or_zero(v.sum_rate('otel_sdk_exporter_log_exported_total', ['error_type']) + ' > 0', 'error_type'), 'log records exported {{error_type}}'),
      ]
    ),
    v.lines(
      'Traces kept and left out a second, by reason', 'cps',
      'Normal: every error and every slow request is kept, a ratio of the rest. A jump of `slow` is seen here before the objective feels it.',
      [v.query(v.or_zero('sum by (decision, reason) (%s) > 0' % v.rate_of(m('vigie_trace_decisions_total')), 'reason'), '{{decision}} {{reason}}')]
    ),
    v.lines(
      'The recorder: memory of the last traces and lines', 'bytes',
      'What /debug/traces and /debug/logs answer from. Normal: level, under its limits.',
      [
        v.query(v.sum_of('vigie_recorder_bytes', ['signal']), '{{signal}}'),
        v.query(v.sum_of('vigie_recorder_bytes_limit', ['signal']), '{{signal}}, limit'),
        v.query(v.sum_of('vigie_recorder_records', ['signal']), '{{signal}} held'),
      ]
    ) + v.right_axis('/held/', 'short'),
    v.lines(
      'Dropped from telemetry, a second', 'cps',
      'Attributes and texts cut, label values outside their bound, traces that the recorder missed. Normal: 0. Label values over a bound are a bug in the code.',
      [
        v.query(v.sum_rate('vigie_telemetry_cuts_total', ['reason']), 'cut: {{reason}}'),
        v.query(v.sum_rate('vigie_telemetry_labels_over_bound_total'), 'label values over their bound'),
        v.query(v.sum_rate('vigie_recorder_missed_traces_total'), 'traces that the recorder missed'),
      ]
    ),
    v.lines(
      'Samples of each scrape', 'short',
      'Series a target exposes. Normal: level. A climb that does not end is a label without a bound; the scrape fails at its limit, and then everything here is blind.',
      [v.query('max by (job) (scrape_samples_post_metric_relabeling)', '{{job}}')],
      v.alert_lines('CardinalityBudgetExceeded')
    ),
    v.lines(
      'Prometheus: rules', 's',
      'Seconds that the slowest group took, and failed evaluations of 5 minutes. Normal: far under the interval of 5 s, and 0.',
      [
        v.query('max(%s)' % prom('prometheus_rule_group_last_duration_seconds'), 'slowest group'),
        v.query('sum(increase(%s[5m]))' % prom('prometheus_rule_evaluation_failures_total'), 'failed evaluations'),
        v.query('sum(increase(%s[5m]))' % prom('prometheus_rule_group_iterations_missed_total'), 'missed evaluations'),
      ]
    ) + v.right_axis('/evaluations/', 'short'),
    v.lines(
      'Share of alerts and notifications that fail', 'percentunit',
      'Alerts that no Alertmanager took, and notifications that no receiver took. Normal: 0. Above the lower line somebody is not told.',
      [
        v.query('sum(%s) / (sum(%s) > 0)' % [
          v.rate_of(prom('prometheus_notifications_errors_total')), v.rate_of(prom('prometheus_notifications_sent_total')),
        ], 'Prometheus to Alertmanager'),
        v.query('sum by (integration) (%s) / (sum by (integration) (%s) > 0)' % [
          v.rate_of(v.foreign('alertmanager', 'alertmanager_notifications_failed_total')),
          v.rate_of(v.foreign('alertmanager', 'alertmanager_notifications_total')),
        ], 'Alertmanager to {{integration}}'),
      ],
      v.alert_lines('AlertmanagerFailingToSend') + v.alert_lines('PrometheusErrorSendingAlerts')
    ),
    v.lines(
      'Collector: spans and log records a second', 'cps',
      'Taken, sent, and what went wrong. Normal: sent = taken times exporters; the rest 0. refused: it told Vigie to wait; enqueue_failed and send_failed: its back end is away.',
      // With or without _total, by the version of the collector. rate() would drop the name, so it goes into a label first.
      [v.query('sum by (what) (rate(label_replace({__name__=~"otelcol_(receiver_accepted|receiver_refused|exporter_sent|exporter_send_failed|exporter_enqueue_failed)_(spans|log_records)(_total)?",job="otelcol"}, "what", "$1", "__name__", "otelcol_(.*?)(_total)?")[$__rate_interval:5s]))', '{{what}}')]
    ) + v.needs('otelcol'),
    v.lines(
      'Stores: discarded by Loki, Tempo and Alloy a second; rules over lines that fail', 'cps',
      'Lines and spans that a store refused, or that the shipper gave up on. Normal: 0. The reason is a limit of its configuration. On the right: evaluations of Loki\'s rules that failed in 5 minutes. Normal: 0.',
      [
        v.query('sum by (reason) (%s) or 0 * max(up{job="loki"})' % v.rate_of(v.foreign('loki', 'loki_discarded_samples_total')), 'Loki {{reason}}'),
        v.query('sum by (reason) (%s) or 0 * max(up{job="tempo"})' % v.rate_of(v.foreign('tempo', 'tempo_discarded_spans_total')), 'Tempo {{reason}}'),
        v.query('sum by (reason) (%s) or 0 * max(up{job="alloy"})' % v.rate_of(v.foreign('alloy', 'loki_write_dropped_entries_total')), 'Alloy {{reason}}'),
        v.query('sum(increase(%s[5m])) or 0 * max(up{job="loki"})' % v.foreign('loki', 'loki_prometheus_rule_evaluation_failures_total'), 'failed evaluations'),
      ]
    ) + v.right_axis('/evaluations/', 'short') + v.needs('loki'),
  ]
)
