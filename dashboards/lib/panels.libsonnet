// The kinds of panels. Each has a unit and a description that says what normal looks like.

// How high an axis is at least: so that a line of zeros lies at the bottom, and a thousandth does not look like a mountain.
local soft_max = { percentunit: 0.01, s: 0.01, bytes: 1048576, Bps: 1024, reqps: 0.1, ops: 0.1, cps: 0.1, short: 1 };

{
  datasource:: { type: 'prometheus', uid: '${datasource}' },
  loki:: { type: 'loki', uid: '${loki}' },
  tempo:: { type: 'tempo', uid: '${tempo}' },

  query(expr, legend='', options={}):: {
    datasource: $.datasource,
    expr: expr,
    legendFormat: legend,
    editorMode: 'code',
    range: true,
  } + options,
  // Exemplars lead from a point to its trace; histograms carry them.
  with_exemplars(expr, legend=''):: self.query(expr, legend, { exemplar: true }),
  now(expr, legend='', format='time_series')::
    self.query(expr, legend, { range: false, instant: true, format: format }),

  steps(list):: { mode: 'absolute', steps: [{ color: s[1], value: s[0] } for s in list] },

  panel(type, title, unit, description, queries, size, thresholds=[[null, 'green']]):: {
    type: type,
    title: title,
    description: description,
    datasource: $.datasource,
    targets: [queries[i] { refId: std.char(65 + i) } for i in std.range(0, std.length(queries) - 1)],
    gridPos: { w: size[0], h: size[1] },
    fieldConfig: { defaults: { unit: unit, thresholds: $.steps(thresholds) }, overrides: [] },
    options: {},
  },

  // Mixed into a panel: when it may show nothing. tests/ops and the drills read these sentences.
  empty(when):: { description+: ' Empty: %s.' % when },
  needs(job):: { description+: ' Needs the scrape job `%s`.' % job },
  sized(w, h):: { gridPos: { w: w, h: h } },
  axis_max(max):: { fieldConfig+: { defaults+: { max: max, custom+: { axisSoftMax:: null } } } },
  decimals(count):: { fieldConfig+: { defaults+: { decimals: count } } },
  // Where the number says what to do: on call, from the number to the page.
  runbook(alert):: self.link('Runbook: ' + alert, '${runbooks}/' + alert) + { assert std.member($.alert_names, alert) : 'there is no alert ' + alert },
  link(title, url):: { fieldConfig+: { defaults+: { links+: [{ title: title, url: url, targetBlank: false }] } } },

  stat(title, unit, description, query, thresholds, no_value='no data', mappings=[])::
    self.panel('stat', title, unit, description, if std.isArray(query) then query else [query], [4, 4], thresholds) + {
      fieldConfig+: { defaults+: { noValue: no_value, mappings: mappings } },
      options: { colorMode: 'background', graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'] }, textMode: if std.isArray(query) then 'value_and_name' else 'value' },
    },
  // states([[0, 'down'], [1, 'up']])
  states(pairs):: [{ type: 'value', options: { [std.toString(p[0])]: { text: p[1], index: p[0] } for p in pairs } }],

  lines(title, unit, description, queries, thresholds=[], size=[12, 8])::
    // Two lines or more have names, as series of their own: the line itself is the threshold's.
    local named = if std.length(thresholds) > 1 then thresholds else [];
    self.panel('timeseries', title, unit, description, queries + [self.query('vector(%.6g)' % line[0], line[2]) for line in named],
               size, [[null, 'transparent']] + thresholds) + {
      fieldConfig+: { defaults+: {
        min: 0,
        custom: {
          lineWidth: 1,
          fillOpacity: 8,
          showPoints: 'auto',
          spanNulls: false,
          thresholdsStyle: { mode: if thresholds == [] then 'off' else 'line' },
          // The thresholds are seen, too.
          axisSoftMax: std.foldl(function(most, step) std.max(most, 1.1 * step[0]), thresholds, soft_max[unit]),
        },
      }, overrides+: [$.series_style(line[2], line[1], width=0) for line in named] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    },
  // Series whose legend matches are measured at the right, in a unit of their own.
  right_axis(legend, unit):: { fieldConfig+: { overrides+: [{
    matcher: { id: 'byRegexp', options: legend },
    properties: [
      { id: 'unit', value: unit },
      { id: 'custom.axisPlacement', value: 'right' },
      { id: 'custom.axisSoftMax', value: soft_max[unit] },
      { id: 'custom.thresholdsStyle', value: { mode: 'off' } },
    ],
  }] } },
  series_style(name, colour, dashed=false, width=2):: {
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }, { id: 'custom.lineWidth', value: width },
                 { id: 'custom.fillOpacity', value: 0 }]
                + if dashed then [{ id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 6] } }] else [],
  },
  // Series that are named after classes of statuses: a failure is red wherever it is drawn.
  status_colours:: { fieldConfig+: { overrides+: [
    { matcher: { id: 'byRegexp', options: '.*%s.*' % class[0] }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: class[1] } }] }
    for class in [['2xx', 'green'], ['3xx', 'blue'], ['4xx', 'orange'], ['5xx', 'red']]
  ] } },
  stacked:: { fieldConfig+: { defaults+: { custom+: { fillOpacity: 40, stacking: { mode: 'normal', group: 'A' } } } } },

  heatmap(title, unit, description, query)::
    self.panel('heatmap', title, unit, description, [query { format: 'heatmap' }], [12, 8]) + {
      options: { calculate: false, yAxis: { unit: unit }, color: { scheme: 'Blues' }, exemplars: { color: 'red' } },
    },

  bars(title, unit, description, queries, thresholds, size=[12, 8])::
    self.panel('bargauge', title, unit, description, queries, size, thresholds) + {
      fieldConfig+: { defaults+: { min: 0, decimals: 1 } + if unit == 'percentunit' then { max: 1 } else {} },
      options: { orientation: 'horizontal', displayMode: 'basic', reduceOptions: { calcs: ['lastNotNull'] }, showUnfilled: true, namePlacement: 'top' },
    },

  timeline(title, description, queries, mappings, thresholds, size=[12, 6])::
    self.panel('state-timeline', title, 'short', description, queries, size, thresholds) + {
      fieldConfig+: { defaults+: { mappings: mappings, custom: { fillOpacity: 80, lineWidth: 0 } } },
      options: { mergeValues: true, showValue: 'never', rowHeight: 0.8, legend: { displayMode: 'list', placement: 'bottom' } },
    },

  // `columns`: what the values A, B, … of a row are called, with unit.
  // Sorted by the column `sort`, the highest first; `links`: from a field's values.
  table(title, description, queries, columns, size=[12, 8], links={}, sort=null)::
    local named(kind, name, properties) = { matcher: { id: kind, options: name }, properties: properties };
    self.panel('table', title, 'short', description, queries, size) + {
      fieldConfig+: { overrides: [
        named('byName', 'Value #' + c[0], [{ id: 'displayName', value: c[1] }, { id: 'unit', value: c[2] }])
        for c in columns
      ] + [
        named('byName', field, [{ id: 'links', value: links[field] }])
        for field in std.objectFields(links)
      ] },
      transformations: [{ id: 'merge', options: {} }, { id: 'organize', options: { excludeByName: { Time: true } } }]
                       + if sort == null then [] else [{ id: 'sortBy', options: { fields: {}, sort: [{ field: sort, desc: true }] } }],
    },

  // Lines of the log store: `expr` is LogQL after `| json`; of each line these fields are shown, the others on a click.
  logs(title, description, expr, fields, size=[12, 8])::
    local line = std.join(' ', ['{{.%s}}' % field for field in ['event'] + fields]);
    local query = '{service_name="$service"} | json | %s | line_format "%s"' % [expr, line];
    self.panel('logs', title, 'short', description, [{ datasource: $.loki, expr: query, queryType: 'range', refId: 'A' }], size)
    + $.needs('loki') + {
      datasource: $.loki,
      options: { showTime: true, wrapLogMessage: true, sortOrder: 'Descending', enableLogDetails: true, dedupStrategy: 'none' },
    },

  // Traces that a TraceQL query finds; a click opens one.
  traces(title, description, query, size=[12, 8])::
    local target = { datasource: $.tempo, query: query, queryType: 'traceql', tableType: 'traces', limit: 20, refId: 'A' };
    self.panel('table', title, 'short', description, [target], size) + $.needs('tempo') + { datasource: $.tempo },
}
