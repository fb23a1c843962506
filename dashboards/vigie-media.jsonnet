// Contents that people upload: their way in and out, and the store that keeps them.
local v = import 'vigie.libsonnet';

local operation = 'vigie_blob_operation_duration_seconds';
local unavailable = { error_type: '=~"unavailable|storage_full"' };

v.dashboard(
  'vigie-media',
  'Vigie: media and their store',
  'Uploads, downloads and what is made of them; below, the store of contents. Its probe red: nothing of this works.',
  [
    v.stat(
      'Store of contents', 'short',
      'Whether any process can write to it. Normal: up. Down for a minute is the alert BlobStoreDown.',
      v.now('max(%s)' % v.metric('vigie_blob_store_up')), [[null, 'red'], [1, 'green']], 'no data', v.states([[0, 'down'], [1, 'up']])
    ) + v.runbook('BlobStoreDown') + v.sized(6, 4),
    v.stat(
      'Operations that fail, 5 minutes', 'percentunit',
      'Share of what was asked of the store that failed because of it or of load. Normal: 0 %. What is not there (not_found) is an answer.',
      v.now('(sum(rate(%s[5m])) or vector(0)) / (sum(rate(%s[5m])) > 0)' % [
        v.metric(operation + '_count', { error_type: '=~"unavailable|storage_full|internal|overloaded|deadline_exceeded"' }), v.metric(operation + '_count'),
      ]), v.steps_under('BlobStoreDown'), 'nothing asked'
    ) + v.runbook('BlobStoreDown') + v.sized(6, 4) + v.empty('nothing was asked of the store'),
    v.stat(
      'Uploads that expired and stayed', 'short',
      'Normal: 0, some until the next cleaning. Two hours of them are the alert UploadsAbandoned.',
      v.now('max(%s)' % v.metric('vigie_media_uploads_abandoned')), [[null, 'green'], [1, 'orange']]
    ) + v.runbook('UploadsAbandoned') + v.sized(6, 4),
    v.stat(
      'Longest overdue purge', 's',
      'Since when a deleted medium should be gone. Normal: "none".',
      v.now('time() - (max(%s) > 0)' % v.metric('vigie_media_purge_due_timestamp_seconds')), v.steps_under('MediaPurgeOverdue'), 'none'
    ) + v.runbook('MediaPurgeOverdue') + v.sized(6, 4) + v.empty('no purge is overdue'),
    v.timeline(
      'Store of contents, by process', 'Normal: green. One process alone red: its host, not the store.',
      [v.query('min by (instance) (%s)' % v.metric('vigie_blob_store_up'), '{{instance}}')],
      v.states([[0, 'down'], [1, 'up']]), [[null, 'red'], [1, 'green']], [24, 4]
    ),
    v.lines(
      'Uploads a second, by what became of them', 'ops',
      'Normal: completed follows created. refused: what was sent is not what was announced, or not of an accepted type; expired: given up.',
      [v.query(v.sum_rate('vigie_media_uploads_total', ['outcome']), '{{outcome}}')]
    ),
    v.lines(
      'Bytes a second, in and out', 'Bps',
      'Normal: a daily curve. Out that grows without requests: large contents are linked from elsewhere.',
      [v.query(v.sum_rate('vigie_media_bytes_total', ['direction']), '{{direction}}')]
    ),
    v.lines(
      'Media by state', 'short',
      'Normal: ready grows; processing near 0. uploading that grows: uploads are given up halfway.',
      [v.query('max by (state) (%s)' % v.metric('vigie_media_items'), '{{state}}')]
    ),
    v.lines(
      'Processing a second, by what became of it', 'ops',
      'Normal: ready. failed: damaged or of no use; crashed, timeout, memory: the decoder was ended, and the server is well.',
      [v.query(v.sum_rate('vigie_media_processed_total', ['outcome']), '{{outcome}}')]
    ) + v.empty('nobody works on jobs'),
    v.lines(
      'Share of processing that fails, 1 hour', 'percentunit',
      'Normal: under 5 %. Users above the line, three of them, or contents above it and ten decoders that were ended, for ten minutes, is the alert MediaProcessingFailing. Contents alone: one user with many damaged files.',
      [
        v.query('max(%s) / (max(%s) > 0)' % [v.metric('vigie_media_owners_failing'), v.metric('vigie_media_owners_processed')], 'users, of most of their pictures'),
        v.query('sum(increase(%s[1h])) / (sum(increase(%s[1h])) > 0)' % [v.metric('vigie_media_processed_total', { outcome: '!="ready"' }), v.metric('vigie_media_processed_total')], 'contents'),
      ],
      v.alert_lines('MediaProcessingFailing')
    ) + v.axis_max(1) + v.empty('nothing was processed in the last hour'),
    v.lines(
      'Purged media and removed orphans, an hour', 'short',
      'Normal: as many media as were deleted 30 days ago; no orphans, a few after a process was killed. Without a kill: something stores contents and does not name them.',
      [
        v.query('sum(increase(%s[1h]))' % v.metric('vigie_media_purged_total'), 'media purged'),
        v.query('sum(increase(%s[1h]))' % v.metric('vigie_blob_orphans_removed_total'), 'orphans removed'),
      ]
    ),
    v.lines(
      'Room: share of the total quota that is taken', 'percentunit',
      'Normal: grows slowly, far under the line. Above it for half an hour, and full within a day or at 95 %, is the alert MediaQuotaFilling. Over 100 %, or with less free than it needs, an upload gets 507.',
      [
        v.query('max(%s) / (max(%s) > 0)' % [v.metric('vigie_media_quota_used_bytes'), v.metric('vigie_media_quota_limit_bytes')], 'quota taken'),
        v.query('min(%s)' % v.metric('vigie_blob_free_bytes'), 'free in the store'),
      ],
      v.alert_lines('MediaQuotaFilling')
    ) + v.right_axis('/free/', 'bytes'),
    v.lines(
      'Store: share of operations that fail as unavailable or full', 'percentunit',
      'Normal: 0. Above the line for a minute is the alert BlobStoreDown.',
      [v.query(v.part(v.sum_rate(operation + '_count', [], unavailable), v.sum_rate(operation + '_count')), 'unavailable')],
      v.alert_lines('BlobStoreDown')
    ) + v.axis_max(1) + v.empty('nothing was asked of the store'),
    v.lines(
      'Store: operations a second', 'ops',
      'Normal: follows uploads and downloads. Many of one kind without traffic: a job that goes over everything.',
      v.top('operation', function(range) 'sum by (operation) (rate(%s%s))' % [v.metric(operation + '_count'), range],
            function(others) 'sum %s' % others)
    ),
    v.lines(
      'Store: p99 by operation', 's',
      'Normal: milliseconds; write_part, hash and join take as long as the content is. All slow at once: the disk or the network. A dot is a trace.',
      v.slowest('operation', operation)
    ) + v.empty('nothing was asked of the store'),
    v.lines(
      'Store: failures a second, by kind', 'ops',
      'Normal: 0. unavailable: the store; storage_full: its disk has no room; overloaded: its queue in the process is full; deadline_exceeded: too slow for the request.',
      [v.query(v.sum_rate(operation + '_count', ['store', 'error_type'], { error_type: '!=""' }), '{{store}} {{error_type}}')]
    ),
    v.lines(
      'Transfers that take longer than 7.5 s', 'percentunit',
      'Normal: a few, of clients with a slow line. All of a route: the store or the network.',
      [v.query('1 - sum by (http_route) (%s) / (sum by (http_route) (%s) > 0)' % [
        v.rate('http_server_request_duration_seconds_bucket', { http_route: '=~"/api/v1/media/[^/]+/(parts/[^/]+|complete|content)"', http_response_status_code: '=~"2.."', le: '="7.5"' }),
        v.rate('http_server_request_duration_seconds_count', { http_route: '=~"/api/v1/media/[^/]+/(parts/[^/]+|complete|content)"', http_response_status_code: '=~"2.."' }),
      ], '{{http_route}}')],
      v.alert_lines('TransfersSlow')
    ) + v.empty('nothing is transferred'),
    v.logs(
      'Log: what became of media',
      'Normal: completed, deleted, restored, and the steps of each purge, with the correlation id of the request that deleted it. An orphan has that of its sweep.',
      'event=~"media.completed|media.deleted|media.restored|media.purged|media.process_failed|blob.orphan_removed"', ['vigie_media_id', 'vigie_media_type', 'vigie_blob_key', 'vigie_reason']
    ) + v.empty('nothing was uploaded or deleted'),
    v.logs(
      'Log: what the store said',
      'Normal: nothing. Open a line for the key and what the system answered; its trace_id leads to the request.',
      'event=~"blob.unavailable|blob.operation_failed|blob.recovered"', ['vigie_blob_operation', 'error_type', 'vigie_detail']
    ) + v.empty('the store was always there'),
    v.traces(
      'Traces: what the store was slow in',
      'Normal: only large contents. A small one means the disk or the network.',
      '{ resource.service.name = "$service" && span.vigie.blob.operation =~ ".+" && duration > 500ms }'
    ) + v.empty('the store was quick'),
  ]
)
