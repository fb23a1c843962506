// Work after the answer: what waits, what runs, what has failed, and who sees that it recurs.
local v = import 'vigie.libsonnet';

local run_time = 'vigie_job_run_duration_seconds';
local wait = 'vigie_job_wait_seconds';
local runs = 'vigie_job_runs_total';
local unhappy = { outcome: '=~"retried|failed|lost"' };
local age = 'time() - (max by (lane) (%s) > 0)' % v.metric('vigie_job_oldest_ready_timestamp_seconds');
local objective = v.objectives.jobs;
// Each process that works samples the same database: they agree, and one is enough.
local depth(matchers={}) = 'max by (lane, state) (%s)' % v.metric('vigie_job_queue_depth', matchers);

v.dashboard(
  'vigie-jobs',
  'Vigie: jobs and schedule',
  'Previews, purges, clean-up, backups. First: does anything wait too long, has anything failed for good, does anybody work?',
  [
    v.stat(
      'Oldest job that waits', 's',
      'How long the oldest job that could run has waited, in any lane. Normal: under a second. "none": nothing waits.',
      v.now('max(%s)' % age), v.steps_under('JobQueueOldestTooOld'), 'none'
    ) + v.runbook('JobQueueOldestTooOld') + v.sized(5, 4) + v.empty('nothing waits'),
    v.stat(
      'Failed for good', 'short',
      'Jobs that wait for an operator, in all lanes. Normal: 0. `vigie jobs list --state failed` names them.',
      v.now('sum(%s)' % depth({ state: '="failed"' })), [[null, 'green'], [1, 'orange']]
    ) + v.runbook('JobDeadLetters') + v.sized(5, 4),
    v.stat(
      'Begun within %g s, 5 minutes' % objective.threshold_seconds, 'percentunit',
      'Share of the jobs of lane high that began in time. Normal: 100 %; the objective is 99 % over 30 days. "no jobs": none began.',
      v.now('1 - service:slo_errors_per_request:ratio_rate5m{service="$service",slo="jobs"}'),
      [[null, 'red'], [1 - v.burn_lines('jobs')[3][0], 'orange'], [objective.objective, 'green']], 'no jobs'
    ) + v.runbook('JobWaitBurn') + v.sized(5, 4) + v.empty('no job of lane high began'),
    v.stat(
      'Job slots', 'short',
      'Busy and idle, of all processes. Normal: mostly idle. No number: nobody works.',
      [v.now(v.sum_of('vigie_job_slots', ['state']), '{{state}}')], [[null, 'blue']], 'nobody works'
    ) + v.sized(5, 4),
    v.stat(
      'Schedulers', 'short',
      'Processes that schedule what recurs. Normal: 1. 0 for five minutes is the alert SchedulerMissing.',
      v.now(v.sum_of('vigie_scheduler_leader')), [[null, 'orange'], [1, 'green'], [2, 'red']], 'nobody'
    ) + v.runbook('SchedulerMissing') + v.sized(4, 4),
    v.lines(
      'How long the oldest job waits, by lane', 's',
      'Normal: under a second. A line that climbs as time passes: nobody works on that lane, or everybody on something else.',
      [v.query(age + ' or 0 * max by (lane) (%s)' % v.metric('vigie_job_oldest_ready_timestamp_seconds'), '{{lane}}')],
      v.alert_lines('JobQueueOldestTooOld')
    ),
    v.lines(
      'Jobs that wait, by lane and state', 'short',
      'Normal: ready near 0; scheduled are those whose time has not come, such as purges in 30 days.',
      [v.query(depth({ state: '!="running"' }), '{{lane}} {{state}}')]
    ),
    v.lines(
      'Arrivals and completions a second', 'ops',
      'Normal: one lies on the other. Arrivals above for long: the queue grows.',
      [
        v.query(v.sum_rate('vigie_jobs_enqueued_total'), 'enqueued'),
        v.query(v.sum_rate(runs, [], { outcome: '=~"done|failed"' }), 'done or failed for good'),
      ]
    ),
    v.lines(
      'Wait from ready to start', 's',
      'Half and 99 % of jobs begin sooner. Normal: milliseconds. Above the line a job of lane high misses the objective. A dot is a trace.',
      [
        v.with_exemplars(v.quantile(0.5, wait, ['lane']), 'p50 {{lane}}'),
        v.with_exemplars(v.quantile(0.99, wait, ['lane']), 'p99 {{lane}}'),
      ], [[objective.threshold_seconds, 'orange']]
    ) + v.empty('no job began'),
    v.lines(
      'Share of jobs of lane high that begin late', 'percentunit',
      'Normal: 0. Above the red line for an hour (and now) pages fast, above orange for six hours pages, yellow and blue make tickets.',
      [
        v.query('service:slo_errors_per_request:ratio_rate%s{service="$service",slo="jobs"}' % window, window)
        for window in ['5m', '1h', '6h']
      ],
      v.burn_lines('jobs')
    ) + v.axis_max(1) + v.empty('no job of lane high began'),
    v.lines(
      'Time of a run, p99 by kind', 's',
      'Normal: its own for each kind: clean-up milliseconds, an image under a second, a backup minutes. A dot is a trace.',
      v.slowest('kind', run_time)
    ) + v.empty('no job ran'),
    v.lines(
      'Share of runs that do not end well, by kind', 'percentunit',
      'Retried, failed or lost. Normal: 0. Above the line for five minutes, and more than ten of them, is the alert JobFailuresSurge.',
      [v.query(v.part(v.sum_rate(runs, ['kind'], unhappy), v.sum_rate(runs, ['kind'])), '{{kind}}')],
      v.alert_lines('JobFailuresSurge')
    ) + v.axis_max(1) + v.empty('no job ran'),
    v.lines(
      'Runs a second, by end', 'ops',
      'Normal: done. retried: a failure that is tried again; failed: for good; lost: its worker was not heard of any more.',
      [v.query(v.sum_rate(runs, ['outcome']), '{{outcome}}')]
    ),
    v.lines(
      'Failed for good in an hour, by kind', 'short',
      'Normal: 0. One is a ticket (JobDeadLetters); above the line it is a page.',
      [v.query('sum by (kind) (increase(%s[1h]))' % v.metric('vigie_jobs_dead_lettered_total'), '{{kind}}')],
      v.alert_lines('JobDeadLetters')
    ),
    v.lines(
      'Job slots in use, by lane', 'short',
      'Jobs that run, and how many may. Normal: far below. At the limit for long: more work than workers.',
      [
        v.query(v.sum_of('vigie_job_slots', ['lane'], { state: '="busy"' }), '{{lane}} busy'),
        v.query(v.sum_of('vigie_job_slots', ['lane']), '{{lane}} limit'),
      ]
    ),
    v.table(
      'What recurs',
      'When each task last ended well, and how often it should. Normal: no longer ago than its interval. 1970: never yet.',
      [
        v.now('max by (task) (%s * 1000)' % v.metric('vigie_scheduled_task_last_success_timestamp_seconds'), '', 'table'),
        v.now('max by (task) (%s)' % v.metric('vigie_scheduled_task_interval_seconds'), '', 'table'),
      ],
      [['A', 'last done', 'dateTimeFromNow'], ['B', 'every', 's']]
    ),
    v.lines(
      'What recurs: age of the last success, in intervals', 'short',
      'Normal: under 1, a little over it while the job waits. Above the line for five minutes is the alert SchedulerMissing.',
      [v.query('(time() - (max by (task) (%s) > 0)) / max by (task) (%s)' % [
        v.metric('vigie_scheduled_task_last_success_timestamp_seconds'), v.metric('vigie_scheduled_task_interval_seconds'),
      ], '{{task}}')],
      v.alert_lines('SchedulerMissing')
    ) + v.empty('nothing that recurs was done yet'),
    v.logs(
      'Log: jobs that did not end well, and who dealt with them',
      'Normal: nothing but scheduler.leader after a start. A line has the correlation id of the request that caused the job.',
      'event=~"job.retried|job.failed|job.lost|job.released|job.discarded|scheduler.leader"', ['vigie_job_kind', 'error_type', 'vigie_detail']
    ) + v.empty('every job ended well'),
    v.logs(
      'Log: jobs that ran',
      'Normal: job.done; job.started only at the level debug. An event with its request: filter by correlation_id.',
      'event=~"job.started|job.done"', ['vigie_job_kind', 'vigie_job_lane', 'vigie_job_run_duration']
    ) + v.empty('no job ran'),
    v.traces(
      'Traces: runs of jobs',
      'Normal: few, and short. Each links to the span of the request that sent it.',
      '{ resource.service.name = "$service" && span.vigie.job.kind =~ ".+" && kind = consumer }', [24, 8]
    ) + v.empty('no job ran, or none was kept'),
  ]
)
