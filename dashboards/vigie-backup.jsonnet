// Could what was entered be had back?
local v = import 'vigie.libsonnet';

local last = v.metric('vigie_backup_last_success_timestamp_seconds');
local verified = v.metric('vigie_backup_verified_timestamp_seconds');
local size = v.metric('vigie_backup_bytes');
local runs(outcome) = v.metric('vigie_backup_runs_total', { outcome: '="%s"' % outcome });

v.dashboard(
  'vigie-backup',
  'Vigie: backups',
  'How old the newest backup of the database is, whether it is as large as it should be, and when one was last restored for proof.',
  [
    v.stat(
      'Age of the newest backup', 's',
      'Normal: under a day. "none": there is no backup, or nobody counts them; both are the alert BackupStale.',
      v.now('time() - (max(%s) > 0)' % last), v.steps_under('BackupStale'), 'none'
    ) + v.runbook('BackupStale') + v.sized(6, 4) + v.empty('none was made yet'),
    v.stat(
      'Restored for proof', 's',
      'How long ago a backup was last restored without a fault. Normal: under a week. "never": none was yet.',
      v.now('time() - (max(%s) > 0)' % verified), v.steps_under('BackupUnverified'), 'never'
    ) + v.runbook('BackupUnverified') + v.sized(6, 4) + v.empty('none was restored yet'),
    v.stat(
      'Size of the newest backup', 'bytes', 'Normal: grows slowly with what is entered. 0: there is none.',
      v.now('max(%s)' % size), [[null, 'text']]
    ) + v.sized(6, 4),
    v.stat(
      'Failures of the last week', 'short', 'Backups that could not be made, or not be restored. Normal: 0.',
      v.now('sum(increase(%s[7d]))' % runs('failed')), [[null, 'green'], [0.5, 'orange']]
    ) + v.runbook('BackupStale') + v.sized(6, 4),
    v.lines(
      'Age of the newest backup', 's',
      'Normal: teeth of a day. A tooth over orange is a ticket (BackupStale), over red a page.',
      [v.query('time() - (max(%s) > 0)' % last, 'newest')], v.alert_lines('BackupStale')
    ) + v.empty('none was made yet'),
    v.lines(
      'Size against the median of 7 days', 'percentunit',
      'Normal: about 100 %. Under the line for ten minutes is the alert BackupShrunk.',
      [v.query('max(%s > 0) / max(quantile_over_time(0.5, %s[7d]))' % [size, size], 'newest')], v.alert_lines('BackupShrunk')
    ) + v.empty('none was made yet'),
    v.lines(
      'Runs an hour, by task and end', 'short', 'Normal: one backup.run a day, one backup.verify a week, none failed.',
      [v.query('sum by (task, outcome) (increase(%s[1h]))' % v.metric('vigie_backup_runs_total'), '{{task}} {{outcome}}')]
    ),
    v.lines(
      'Time of a run, p99', 's', 'Normal: grows with the database. A backup that takes hours keeps a transaction open as long.',
      [v.with_exemplars(v.quantile(0.99, 'vigie_job_run_duration_seconds', ['kind'], { kind: '=~"backup[.].*"' }), '{{kind}}')]
    ) + v.empty('none ran lately'),
    v.logs(
      'Log: backups', 'Normal: backup.done daily, backup.verified weekly. backup.failed says why.',
      'event=~"backup.done|backup.verified|backup.failed"', ['vigie_backup_key', 'vigie_backup_bytes', 'vigie_detail'], [24, 8]
    ) + v.empty('none ran lately'),
  ]
)
