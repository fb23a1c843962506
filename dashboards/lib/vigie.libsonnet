// Dashboards of Vigie: names that are checked, numbers of the alerts, panels, and the board around them.
local names = import 'names.libsonnet';
local alerts = import 'alerts.libsonnet';
local panels = import 'panels.libsonnet';

// Places panels from left to right, a new line where the next does not fit. The last one takes what is left of its line.
local place(list, top=0) =
  local last = std.length(list) - 1;
  std.foldl(
    function(at, i)
      local is_new = at.x + list[i].gridPos.w > 24;
      local x = if is_new then 0 else at.x;
      local y = if is_new then at.y + at.h else at.y;
      local w = if i == last then 24 - x else list[i].gridPos.w;
      {
        x: x + w,
        y: y,
        h: if is_new then list[i].gridPos.h else std.max(at.h, list[i].gridPos.h),
        panels: at.panels + [list[i] { id: top + i + 1, gridPos+: { x: x, y: y, w: w } }],
      },
    std.range(0, last),
    { x: 0, y: top, h: 0, panels: [] }
  );
// What asks Loki or Tempo is a folded row below: where they do not run, it is one line and no grey boxes.
local is_of_store(panel) = panel.datasource.type != 'prometheus';
local placed(list) =
  local above = place([panel for panel in list if !is_of_store(panel)]);
  local stores = [panel for panel in list if is_of_store(panel)];
  local y = above.y + above.h;
  above.panels + if stores == [] then [] else [{
    type: 'row', title: 'Logs and traces (Loki, Tempo)', collapsed: true, id: y + 1000, gridPos: { x: 0, y: y, w: 24, h: 1 },
    panels: place(stores, y + 1).panels,
  }];

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
        annotation('Starts', 'blue', 'changes(%s[1m]) > 0' % $.metric('process_start_time_seconds'), 'A process started, with the configuration of that moment'),
        annotation('Builds', 'purple', 'count by (version, revision) (%s) unless count by (version, revision) (%s offset 1m)' % [
          $.metric('vigie_build_info'), $.metric('vigie_build_info'),
        ], 'Runs now: {{version}} {{revision}}'),
        annotation('Rules', 'yellow', 'changes(%s[1m]) > 0' % $.foreign('prometheus', 'prometheus_config_last_reload_success_timestamp_seconds'),
                   'Prometheus read its rules anew'),
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
      panels: placed(list),
    },
}
