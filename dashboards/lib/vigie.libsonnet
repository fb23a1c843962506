// Dashboards of Vigie. A panel names a metric with `metric`, which fails the compilation when the metric or one of the
// labels is not in the catalogue. Every panel has a unit and a description that says what normal looks like.
local catalogue = std.extVar('catalogue');

local histogram_suffixes = ['_bucket', '_count', '_sum'];
// Labels that Prometheus adds: from the target files and the scrape configuration.
local target_labels = ['job', 'service', 'instance', 'le'];

local stem(name) =
  local of_suffix = [
    std.substr(name, 0, std.length(name) - std.length(suffix))
    for suffix in histogram_suffixes
    if std.endsWith(name, suffix)
  ];
  if std.length(of_suffix) > 0 then of_suffix[0] else name;

local declared(name) =
  local found = [m for m in catalogue.metrics if m.name == name || (m.type == 'histogram' && m.name == stem(name))];
  assert std.length(found) == 1 : 'metric is not in the catalogue: ' + name;
  found[0];

{
  // As in alerts/slo.yaml: probes and the admin port are no users, and /readyz says 503 as often as it is asked.
  public_routes:: { http_route: '!~"/(metrics|livez|readyz|healthz|(admin|debug)/.*)"' },

  // metric('…_count', {http_route: '=~"$route"'}): a selector of this service. Several conditions of a label: an array.
  metric(name, matchers={})::
    local labels = [label.name for label in declared(name).labels] + target_labels;
    local unknown = std.setDiff(std.set(std.objectFields(matchers)), std.set(labels));
    assert unknown == [] : 'labels not in the catalogue of ' + name + ': ' + std.join(', ', unknown);
    local all = { service: '="$service"' } + matchers;
    local each(of) = if std.isArray(of) then of else [of];
    name + '{' + std.join(',', [label + c for label in std.objectFields(all) for c in each(all[label])]) + '}',

  rate(name, matchers={}):: 'rate(%s[$__rate_interval])' % self.metric(name, matchers),
  sum_rate(name, by=[], matchers={})::
    'sum%s (%s)' % [if by == [] then '' else ' by (%s)' % std.join(', ', by), self.rate(name, matchers)],
  quantile(q, name, by=[], matchers={})::
    'histogram_quantile(%g, %s)' % [q, self.sum_rate(name + '_bucket', ['le'] + by, matchers)],
  // A part of a whole that is 0, not absent, while the part has never been seen; absent without traffic.
  part(part, whole):: '(%s or 0 * %s) / (%s > 0)' % [part, whole, whole],

  datasource:: { type: 'prometheus', uid: '${datasource}' },

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

  stat(title, unit, description, query, thresholds, no_value='no data', mappings=[])::
    self.panel('stat', title, unit, description, [query], [4, 5], thresholds) + {
      fieldConfig+: { defaults+: { noValue: no_value, mappings: mappings } },
      options: { colorMode: 'background', reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'value' },
    },

  lines(title, unit, description, queries, thresholds=[], size=[12, 8])::
    self.panel('timeseries', title, unit, description, queries, size, [[null, 'transparent']] + thresholds) + {
      fieldConfig+: { defaults+: {
        min: 0,
        custom: {
          lineWidth: 1,
          fillOpacity: 8,
          showPoints: 'never',
          spanNulls: false,
          thresholdsStyle: { mode: if thresholds == [] then 'off' else 'line' },
        },
      } },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    },

  heatmap(title, unit, description, query)::
    self.panel('heatmap', title, unit, description, [query { format: 'heatmap' }], [12, 8]) + {
      options: { calculate: false, yAxis: { unit: unit }, color: { scheme: 'Blues' }, exemplars: { color: 'red' } },
    },

  // `columns`: what the values A, B, … of a row are called, with unit.
  table(title, description, queries, columns, size=[12, 9])::
    self.panel('table', title, 'short', description, queries, size) + {
      fieldConfig+: { overrides: [
        { matcher: { id: 'byName', options: 'Value #' + c[0] }, properties: [
          { id: 'displayName', value: c[1] },
          { id: 'unit', value: c[2] },
        ] }
        for c in columns
      ] },
      transformations: [{ id: 'merge', options: {} }, { id: 'organize', options: { excludeByName: { Time: true } } }],
    },

  // Places panels from left to right, a new line where the next does not fit.
  local place(panels) = std.foldl(
    function(at, panel)
      local is_new = at.x + panel.gridPos.w > 24;
      local x = if is_new then 0 else at.x;
      local y = if is_new then at.y + at.h else at.y;
      {
        x: x + panel.gridPos.w,
        y: y,
        h: if is_new then panel.gridPos.h else std.max(at.h, panel.gridPos.h),
        panels: at.panels + [panel { id: std.length(at.panels) + 1, gridPos+: { x: x, y: y } }],
      },
    panels,
    { x: 0, y: 0, h: 0, panels: [] }
  ).panels,

  local annotation(name, colour, expr, title) = {
    name: name, enable: true, iconColor: colour, datasource: $.datasource, expr: expr, titleFormat: title, step: '15s',
  },

  variable(name, label, query, multi=false, regex=''):: {
    name: name, label: label, type: 'query', datasource: $.datasource, query: { query: query, refId: name },
    definition: query, regex: regex, refresh: 2, sort: 1, multi: multi, includeAll: multi, allValue: if multi then '.+' else null,
  },

  dashboard(uid, title, description, panels, variables=[]):: {
    uid: uid, id: null, title: title, description: description, tags: ['vigie'], schemaVersion: 39, version: 1,
    editable: false, graphTooltip: 1, refresh: '30s', timezone: 'browser', time: { from: 'now-1h', to: 'now' },
    links: [{ type: 'dashboards', title: 'Vigie', tags: ['vigie'], includeVars: true, keepTime: true, asDropdown: false }],
    annotations: { list: [
      annotation('Starts', 'blue', 'changes(%s[1m]) > 0' % $.metric('process_start_time_seconds'), 'A process started'),
      annotation('Alerts', 'red', 'ALERTS{alertstate="firing",severity!="none",service="$service"}', '{{alertname}}'),
    ] },
    templating: { list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
      $.variable('service', 'Service', 'label_values(vigie_build_info, service)'),
    ] + variables },
    panels: place(panels),
  },
}
