// What a panel asks of its store: queries with values for the variables, as data frames for Grafana's components.
import { FieldType, toDataFrame } from "@grafana/data";

const VALUES = { service: "vigie", route: ".+", instance: ".+", __rate_interval: "20s", __interval: "5s", __range: "5m" };

export function withValues(expr) {
  return expr.replace(/\$\{?(\w+)\}?/g, (all, name) => VALUES[name] ?? all);
}

async function ask(base, path, parameters) {
  const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const body = await answer.json();
  if (body.status !== "success") throw new Error(`${parameters.query}: ${body.error}`);
  return body.data.result;
}

// Grafana's {{label}} in legends; without a legend, the labels.
function legendOf(target, labels) {
  if (target.legendFormat) return target.legendFormat.replace(/{{\s*(\w+)\s*}}/g, (_, name) => labels[name] ?? "");
  return Object.entries(labels).map(([name, value]) => `${name}="${value}"`).join(", ") || "value";
}

const number = (text) => (text === "NaN" ? null : text === "+Inf" ? Infinity : Number(text));

// A series a frame, with a point for each step, so that gaps stay gaps.
export async function rangeFrames(base, panel, range) {
  const frames = [];
  const times = [];
  for (let at = range.from; at <= range.to; at += range.step) times.push(at * 1000);
  const asked = panel.targets.map((target) =>
    ask(base, "query_range", { query: withValues(target.expr), start: range.from, end: range.to, step: range.step }));
  for (const [index, series] of (await Promise.all(asked)).entries()) {
    const target = panel.targets[index];
    for (const { metric, values } of series) {
      const found = new Map(values.map(([at, text]) => [Math.round(at * 1000), number(text)]));
      frames.push(toDataFrame({
        refId: target.refId,
        fields: [
          { name: "Time", type: FieldType.time, values: times },
          { name: legendOf(target, metric), type: FieldType.number, labels: metric,
            values: times.map((at) => found.get(at) ?? null) },
        ],
      }));
    }
  }
  return frames;
}

// The last value of each series: [{name, labels, value, refId}].
export async function lastValues(base, panel, range) {
  const rows = [];
  for (const target of panel.targets)
    for (const { metric, value } of await ask(base, "query", { query: withValues(target.expr), time: range.to }))
      rows.push({ name: legendOf(target, metric), labels: metric, value: number(value[1]), refId: target.refId });
  return rows;
}

// Loki and Tempo through the page's own server. Lines: [{at, level, text}]; traces: [{at, name, ms, id}].
export async function logLines(panel, range) {
  const parameters = { query: withValues(panel.targets[0].expr), start: range.from, end: range.to, limit: 40 };
  const answer = await (await fetch(`/loki/loki/api/v1/query_range?${new URLSearchParams(parameters)}`)).json();
  const lines = answer.data.result.flatMap(({ stream, values }) =>
    values.map(([at, line]) => ({ at: Number(at.slice(0, -6)), level: stream.level, text: line })));
  return lines.sort((a, b) => b.at - a.at);
}

export async function traces(panel, range) {
  const parameters = { q: withValues(panel.targets[0].query), start: range.from, end: range.to + 60, limit: 20 };
  const answer = await (await fetch(`/tempo/api/search?${new URLSearchParams(parameters)}`)).json();
  return answer.traces
    .map((trace) => ({ at: Number(trace.startTimeUnixNano.slice(0, -6)), name: trace.rootTraceName, ms: trace.durationMs ?? 0, id: trace.traceID }))
    .sort((a, b) => b.at - a.at);
}
