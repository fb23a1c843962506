// Selectors of metrics. A name that is in no catalogue and no contract, or a label the metric does not have, fails the
// compilation.
local catalogue = std.extVar('catalogue');
local contracts = std.extVar('contracts');
local objectives = import 'alerts/objectives.json';

local histogram_suffixes = ['_bucket', '_count', '_sum'];
// Labels that Prometheus adds: from the target files and the scrape configuration.
local target_labels = ['job', 'service', 'instance', 'le'];
// The jobs of alerts/prometheus.yml that are not called as their component.
local jobs = { prometheus: 'monitoring', alertmanager: 'monitoring' };

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
  [label.name for label in found[0].labels];

local contracted(component, name) =
  local metrics = contracts[component].metrics;
  local found = [m for m in [name, stem(name)] if std.objectHas(metrics, m)];
  assert found != [] : 'metric is not in the contract of ' + component + ': ' + name;
  metrics[found[0]].labels;

// Several conditions of one label: an array.
local selector(name, labels, matchers) =
  local unknown = std.setDiff(std.set(std.objectFields(matchers)), std.set(labels + target_labels));
  assert unknown == [] : 'labels not in the catalogue of ' + name + ': ' + std.join(', ', unknown);
  local each(of) = if std.isArray(of) then of else [of];
  name + '{' + std.join(',', [label + c for label in std.objectFields(matchers) for c in each(matchers[label])]) + '}';

{
  // As in the rules: probes and the admin port are no users, and /readyz says 503 as often as it is asked.
  public_routes:: {
    http_route: '!~"%s"' % objectives.not_counted.http_route,
    http_request_method: '!="%s"' % objectives.not_counted.http_request_method,
  },

  // metric('…_count', {http_route: '=~"$route"'}): a selector of this service.
  metric(name, matchers={})::
    selector(name, declared(name), { job: '="vigie"', service: '="$service"' } + matchers),
  // A metric of a program that is not ours; its component is a file of tests/ops/contracts.
  foreign(component, name, matchers={})::
    local job = if std.objectHas(jobs, component) then jobs[component] else component;
    selector(name, contracted(component, name), { job: '="%s"' % job } + matchers),

  rate_of(selector):: 'rate(%s[$__rate_interval])' % selector,
  rate(name, matchers={}):: self.rate_of(self.metric(name, matchers)),
  sum(expr, by=[]):: 'sum%s (%s)' % [if by == [] then '' else ' by (%s)' % std.join(', ', by), expr],
  sum_of(name, by=[], matchers={}):: self.sum(self.metric(name, matchers), by),
  sum_rate(name, by=[], matchers={}):: self.sum(self.rate(name, matchers), by),
  quantile(q, name, by=[], matchers={})::
    'histogram_quantile(%g, %s)' % [q, self.sum_rate(name + '_bucket', ['le'] + by, matchers)],
  // 0 with the label's value "none" beside series that may not be there yet: an empty panel would look like a dead one.
  or_zero(expr, label):: '%s or label_replace(vector(0), "%s", "none", "", "")' % [expr, label],
  // A part of a whole that is 0, not absent, while the part has never been seen; absent without traffic.
  part(part, whole):: '(%s or 0 * %s) / (%s > 0)' % [part, whole, whole],

  // Of many series: the five that are highest over the whole time that is shown, and what the others are together.
  // `of(range)` is the query over a range; `rest(others)` folds what is left out, where that has a meaning.
  top(label, of, rest=null)::
    local highest = 'on (%s) topk(5, %s)' % [label, of('[$__range] @ end()')];
    local now = of('[$__rate_interval]');
    [$.query('%s and %s' % [now, highest], '{{%s}}' % label)]
    + if rest == null then [] else [$.query(rest('(%s unless %s)' % [now, highest]) + ' or vector(0)', 'all others')],
  slowest(label, histogram, matchers={})::
    [query { exemplar: true } for query in $.top(label, function(range) 'histogram_quantile(0.99, sum by (le, %s) (rate(%s%s)))' % [
      label, $.metric(histogram + '_bucket', matchers), range,
    ])],
}
