// Numbers of the alerts and of the table of objectives, read where they are written once.
local objectives = import 'alerts/objectives.json';
local groups = std.flattenArrays([std.parseYaml(text).groups for text in std.extVar('rules')]);
local rules = [rule for group in groups for rule in group.rules if std.objectHas(rule, 'alert')];

local colours = { critical: 'red', warning: 'orange' };
local does = { critical: 'pages', warning: 'ticket' };
local digits = std.set(std.stringChars('0123456789.'));
local is_number(word) = word != '' && std.setDiff(std.set(std.stringChars(word)), digits) == [];
// What an expression compares with: `… > 0.8 and … < 14 * 86400` is [0.8, 1209600]. Zeros are left out: they guard divisors.
local compared(expr) =
  local words = [std.strReplace(std.strReplace(word, ')', ''), ',', '') for word in std.split(std.strReplace(expr, '\n', ' '), ' ')];
  local word(i) = if i < std.length(words) then words[i] else '';
  local factor(i) = if word(i) == '*' && is_number(word(i + 1)) then std.parseJson(word(i + 1)) else 1;
  [
    std.parseJson(words[i + 1]) * factor(i + 2)
    for i in std.range(0, std.length(words) - 2)
    if std.member(['<', '>', '<=', '>=', '=='], words[i]) && is_number(words[i + 1]) && std.parseJson(words[i + 1]) != 0
  ];

local of(name) =
  local found = [rule for rule in rules if rule.alert == name];
  assert found != [] : 'there is no alert ' + name;
  found;

{
  objectives:: { [o.slo]: o for o in objectives.objectives },
  burn_rates:: objectives.burn_rates,
  windows:: objectives.windows,

  // alert_lines('DbConnectionsNearLimit'): a line at the number of each rule of that name, its colour, and what crossing it does.
  // `nth` of the numbers in it.
  alert_lines(name, nth=0)::
    local found = [[compared(rule.expr)[nth], colours[rule.labels.severity], does[rule.labels.severity]] for rule in of(name) if std.length(compared(rule.expr)) > nth];
    assert found != [] : 'the alert ' + name + ' compares with no such number';
    std.sort(found, keyF=function(l) l[0]),
  // The same as steps of colour: of a value that must stay under the number, or over it.
  steps_under(name):: [[null, 'green']] + self.alert_lines(name),
  steps_over(name)::
    local lines = self.alert_lines(name);
    local colour_above(i) = if i == std.length(lines) - 1 then 'green' else lines[i + 1][1];
    [[null, lines[0][1]]] + [[lines[i][0], colour_above(i)] for i in std.range(0, std.length(lines) - 1)],
  alert_limit(name, nth=0):: self.alert_lines(name, nth)[0][0],
  alert_names:: std.set([rule.alert for rule in rules]),

  // The parts of failing requests at which the burn alerts of an objective fire, and how many times the budget's rate that is.
  local burn_colours = ['red', 'orange', 'yellow', 'blue'],
  local burns(factor) = std.sort([
    local rate = objectives.burn_rates[i];
    [std.parseJson('%.6g' % (rate.factor * factor)), burn_colours[i], '%s: %gx over %s' % [does[rate.severity], rate.factor, rate.long]]
    for i in std.range(0, std.length(objectives.burn_rates) - 1)
  ], keyF=function(l) l[0]),
  burn_lines(slo):: burns(1 - $.objectives[slo].objective),
  factor_lines:: burns(1),
  // A window has the colour of the line that it is held against; the short one of a pair is dashed.
  window_colours:: { fieldConfig+: { overrides+: std.flattenArrays([
    local rate = objectives.burn_rates[i];
    [$.series_style(rate.long, burn_colours[i])] + if rate.short == '6h' then [] else [$.series_style(rate.short, burn_colours[i], true)]
    for i in std.range(0, std.length(objectives.burn_rates) - 1)
  ]) + [$.series_style('30d', 'text')] } },
  // What is left of the budget of 30 days, never below -100 %: by how much it was missed is no use to anybody. Nothing while the
  // budget has not one request to divide by.
  budget_left(selector):: 'clamp_min(service:slo_error_budget_remaining:ratio30d%s, -1) and 60 * sum_over_time(service:slo_requests:rate5m%s[30d:1m]) * (1 - slo:objective:ratio%s) >= 1' % [
    selector, selector, selector,
  ],
}
