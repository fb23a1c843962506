// Processes of Vigie and the machine below them: used, saturated, failing.
local v = import 'vigie.libsonnet';

local of = v.of_instance;
local node(name, matchers={}) = v.foreign('node', name, matchers);
local disks = { device: '!~"(loop|ram|dm-).*"' };
local files = { fstype: '!~"(tmpfs|overlay|squashfs|ramfs|proc|sysfs|devtmpfs).*"' };
local network = { device: '!="lo"' };
local of_host = v.needs('node');

v.dashboard(
  'vigie-process',
  'Vigie: processes and host',
  'First the processes: what runs, since when, how much of each bound is taken. Then the machine.',
  [
    v.table(
      'What runs', 'Version of each process and when it started. Normal: one version. The first suspect of a sudden change.',
      [v.now('max by (instance, version, revision) (%s * on (instance) group_left () (%s * 1000))' % [v.metric('vigie_build_info', of), v.metric('process_start_time_seconds', of)], '', 'table')],
      [['A', 'started', 'dateTimeFromNow']], [12, 5]
    ),
    v.timeline(
      'Ready to take traffic', 'Normal: green. Red while it starts, drains or has no database; gaps while it does not run.',
      [v.query(v.metric('vigie_ready', of), '{{instance}}')], v.states([[0, 'not ready'], [1, 'ready']]), [[null, 'red'], [1, 'green']], [12, 5]
    ),
    v.logs(
      'What processes said of themselves',
      'Starts, stops, readiness, settings that were changed, and what recovered. Normal: quiet between deployments.',
      'event=~"server.started|server.stopping|server.stopped|readiness.changed|config.changed|db.recovered|telemetry.export_recovered|telemetry.spool_recovered|telemetry.ledger"',
      ['message', 'vigie_reason', 'vigie_ready', 'vigie_setting_name', 'vigie_signal'], [24, 6]
    ) + v.empty('nothing started, stopped or changed'),
    v.lines(
      'Process: processors used', 'short',
      'Seconds of CPU a second: 1 is one core. Normal: follows the requests. A flat line at the number of reactors is a full machine.',
      [v.query(v.rate('process_cpu_seconds_total', of), '{{instance}}')]
    ),
    v.lines(
      'Process: memory', 'bytes',
      'Resident and virtual. Normal: resident levels off in the first hour. A line that climbs for days is a leak.',
      [
        v.query(v.metric('process_resident_memory_bytes', of), '{{instance}} resident'),
        v.query(v.metric('process_virtual_memory_bytes', of), '{{instance}} virtual'),
      ]
    ),
    v.lines(
      'Process: share of file descriptors taken', 'percentunit',
      'Open ones over the limit. Normal: connections plus some dozens, a few percent. At 100 % no connection is accepted.',
      [v.query('%s / %s' % [v.metric('process_open_fds', of), v.metric('process_max_fds', of)], '{{instance}}')],
      v.alert_lines('FileDescriptorsNearLimit')
    ),
    v.lines(
      'Process: how late reactors are', 's',
      'What is due on a reactor waits for whatever holds it: work, a blocking call, a throttled or frozen process. No latency of a request contains it. Normal: p99 under 10 ms. "now" is the one most behind at the scrape.',
      [
        v.query('histogram_quantile(0.5, sum by (instance, le) (%s))' % v.rate('vigie_reactor_lag_seconds_bucket', of), '{{instance}} p50'),
        v.query('histogram_quantile(0.99, sum by (instance, le) (%s))' % v.rate('vigie_reactor_lag_seconds_bucket', of), '{{instance}} p99'),
        v.query(v.metric('vigie_reactor_overdue_seconds', of), '{{instance}} now'),
      ]
    ),
    v.lines(
      'Process: threads', 'short',
      'Normal: constant since the start.',
      [v.query(v.metric('process_threads', of), '{{instance}}')]
    ),
    v.lines(
      'Host: processors by what they do', 'percentunit',
      'Normal: mostly idle. iowait: the disk; steal: the neighbours of a virtual machine; system: the kernel.',
      [v.query('avg by (mode) (%s)' % v.rate_of(node('node_cpu_seconds_total', { mode: '!="idle"' })), '{{mode}}')]
    ) + v.stacked + v.axis_max(1) + of_host,
    v.lines(
      'Host: load over processors', 'short',
      'Runnable and waiting threads a processor. Normal: under 1. Above 2 everything is late.',
      [v.query('sum(%s) / count(count by (cpu) (%s))' % [node('node_load1'), node('node_cpu_seconds_total')], 'load of 1 minute')]
    ) + of_host,
    v.lines(
      'Host: share of memory available', 'percentunit',
      'What programs can still have without swapping. Normal: above 20 %. Near 0 the kernel ends the biggest process, which is PostgreSQL or Vigie.',
      [v.query('%s / %s' % [node('node_memory_MemAvailable_bytes'), node('node_memory_MemTotal_bytes')], '{{instance}}')],
      v.alert_lines('HostMemoryLow')
    ) + v.axis_max(1) + of_host,
    v.lines(
      'Host: share of disk free, by place', 'percentunit',
      'Normal: above 20 %, falling slowly. Full: PostgreSQL stops, telemetry is lost.',
      [v.query('%s / %s' % [node('node_filesystem_avail_bytes', files), node('node_filesystem_size_bytes', files)], '{{mountpoint}}')],
      v.alert_lines('HostDiskFilling')
    ) + v.axis_max(1) + of_host,
    v.lines(
      'Host: files (inodes) free, by place', 'percentunit',
      'Normal: above 60 %, and level. At 0 no file can be made, however much space is free.',
      [v.query('%s / (%s > 0)' % [node('node_filesystem_files_free', files), node('node_filesystem_files', files)], '{{mountpoint}}')],
      v.alert_lines('HostInodesFilling')
    ) + v.axis_max(1) + of_host,
    v.lines(
      'Host: time that work waits for a processor, or is kept from it', 'percentunit',
      'Pressure of the kernel, and what the machine below takes for others. Normal: under 20 %. Over it everything is late, and no line of the process says why.',
      [
        v.query('max by (instance) (%s)' % v.rate_of(node('node_pressure_cpu_waiting_seconds_total')), '{{instance}} waits'),
        v.query('max by (instance) (avg by (instance) (%s))' % v.rate_of(node('node_cpu_seconds_total', { mode: '="steal"' })), '{{instance}} stolen'),
      ],
      v.alert_lines('HostCpuSaturated')
    ) + of_host,
    v.lines(
      'Host: time that disks are busy', 'percentunit',
      'Normal: under 50 %. Near 100 % commits wait: compare with p99 of the queries.',
      [v.query(v.rate_of(node('node_disk_io_time_seconds_total', disks)), '{{device}}')]
    ) + of_host,
    v.lines(
      'Host: bytes to and from disks a second', 'Bps',
      'Normal: writes follow the commits; reads near 0 once memory is warm.',
      [
        v.query(v.rate_of(node('node_disk_read_bytes_total', disks)), '{{device}} read'),
        v.query(v.rate_of(node('node_disk_written_bytes_total', disks)), '{{device}} written'),
      ]
    ) + of_host,
    v.lines(
      'Host: bytes over the network a second', 'Bps',
      'Without the loopback. Normal: answers are larger than requests. A jump without requests is a copy or an attack.',
      [
        v.query('sum(%s)' % v.rate_of(node('node_network_receive_bytes_total', network)), 'received'),
        v.query('sum(%s)' % v.rate_of(node('node_network_transmit_bytes_total', network)), 'sent'),
      ]
    ) + of_host,
    v.lines(
      'Host: OOM kills', 'short',
      'In the last 10 minutes. Normal: 0. Any: find out who grew, in the panels of memory.',
      [v.query('increase(%s[10m])' % node('node_vmstat_oom_kill'), '{{instance}}')]
    ) + of_host,
    v.lines(
      'Turns of reactors that are late by more than 100 ms', 'percentunit',
      'Of the timers of each process. Normal: 0. A process that is frozen, throttled or starved shows here, and hardly in its own latency, which begins when a request is read.',
      [v.query('1 - sum by (instance) (%s) / (sum by (instance) (%s) > 0)' % [
        v.rate('vigie_reactor_lag_seconds_bucket', { le: '="0.1"' }), v.rate('vigie_reactor_lag_seconds_count'),
      ], '{{instance}}')],
      v.alert_lines('ReactorLag')
    ),
    v.lines(
      'Clock: difference from the database', 's',
      'Normal: milliseconds. Over seconds, tokens of one process are refused by another, and jobs begin early or late.',
      [v.query('max by (instance) (abs(%s))' % v.metric('vigie_db_clock_offset_seconds'), '{{instance}}')],
      v.alert_lines('ClockSkewed')
    ),
  ],
  [v.instance_variable]
)
