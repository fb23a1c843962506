// Dashboards of Vigie: names that are checked, numbers of the alerts, panels, and the board around them.
local names = import 'names.libsonnet';
local alerts = import 'alerts.libsonnet';
local panels = import 'panels.libsonnet';

// Places panels from left to right, a new line where the next does not fit.
local place(list) = std.foldl(
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
  list,
  { x: 0, y: 0, h: 0, panels: [] }
).panels;

names + alerts + panels + {
  local annotation(name, colour, expr, title) = {
    name: name, enable: true, iconColor: colour, datasource: $.datasource, expr: expr, titleFormat: title, step: '15s',
  },

  variable(name, label, query, multi=false, regex=''):: {
    name: name, label: label, type: 'query', datasource: $.datasource, query: { query: query, refId: name },
    regex: regex, refresh: 2, sort: 1, multi: multi, includeAll: multi,
  } + if multi then { allValue: '.+' } else {},
  // Where the pager shows the runbook of an alert by its name; hidden, set by whoever provisions the dashboards.
  local constant(name, value) = { name: name, type: 'constant', query: value, hide: 2, skipUrlSync: true },
  local source(name, label, type) = { name: name, label: label, type: 'datasource', query: type, refresh: 1 },

  instance_variable:: $.variable('instance', 'Instance', 'label_values(vigie_build_info{service="$service"}, instance)', multi=true),
  of_instance:: { instance: '=~"$instance"' },

  dashboard(uid, title, description, list, variables=[])::
    local reads(type) = std.length([p for p in list if p.datasource.type == type]) > 0;
    {
      uid: uid, id: null, title: title, description: description, tags: ['vigie'], schemaVersion: 39, version: 1,
      editable: false, graphTooltip: 1, refresh: '30s', timezone: 'browser', time: { from: 'now-1h', to: 'now' },
      links: [{
        type: 'dashboards', title: 'Vigie', tags: ['vigie'], includeVars: true, keepTime: true, asDropdown: false,
        targetBlank: false, icon: 'dashboard', tooltip: 'The other dashboards, for the same time and service',
      }],
      annotations: { list: [
        annotation('Starts', 'blue', 'changes(%s[1m]) > 0' % $.metric('process_start_time_seconds'), 'A process started'),
        annotation('Alerts', 'red', 'ALERTS{alertstate="firing",severity!="none",service="$service"}', '{{alertname}}'),
      ] },
      templating: {
        list: [source('datasource', 'Data source', 'prometheus')]
              + (if reads('loki') then [source('loki', 'Logs', 'loki')] else [])
              + (if reads('tempo') then [source('tempo', 'Traces', 'tempo')] else [])
              + [$.variable('service', 'Service', 'label_values(vigie_build_info, service)')]
              + variables
              + [constant('runbooks', 'http://127.0.0.1:9099/runbooks')],
      },
      panels: place(list),
    },
}
