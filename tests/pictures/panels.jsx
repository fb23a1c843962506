// One component for each type of panel. Grafana's own where @grafana/ui has it; heatmap and state timeline are drawn here.
import { FieldColorModeId, FieldType, getDisplayProcessor, stringToJsRegex, toDataFrame } from "@grafana/data";
import { BarGauge, BigValue, Table, TimeSeries } from "@grafana/ui";
import React from "react";

function withConfig(field, defaults, theme, index) {
  field.config = { ...defaults, displayName: field.name, color: defaults.color ?? { mode: FieldColorModeId.PaletteClassic } };
  field.state = { seriesIndex: index, displayName: field.name };
  field.display = getDisplayProcessor({ field, theme });
  return field;
}

function overridden(panel, name) {
  const config = { ...panel.fieldConfig.defaults, custom: { ...panel.fieldConfig.defaults.custom } };
  for (const { matcher, properties } of panel.fieldConfig.overrides) {
    const pattern = matcher.id === "byRegexp" ? stringToJsRegex(matcher.options) : null;
    if (matcher.options !== name && !pattern?.test(name)) continue;
    for (const { id, value } of properties) {
      if (id.startsWith("custom.")) config.custom[id.slice(7)] = value;
      else config[id] = value;
    }
  }
  return config;
}

export function Lines({ panel, frames, range, theme, width, height }) {
  const ready = frames.map((frame, index) => {
    const [time, value] = frame.fields;
    withConfig(value, overridden(panel, value.name), theme, index);
    value.config.custom = { drawStyle: "line", lineInterpolation: "linear", ...value.config.custom };
    return { ...frame, fields: [withConfig(time, {}, theme, 0), value] };
  });
  return (
    <TimeSeries frames={ready} structureRev={1} timeZone="utc" timeZones={["utc"]} width={width} height={height}
      timeRange={{ from: range.moment(range.from), to: range.moment(range.to), raw: { from: "", to: "" } }}
      legend={{ calcs: [], showLegend: true, ...panel.options.legend }} />
  );
}

function displayed(panel, name, value, theme) {
  const field = { name, type: FieldType.number, config: { ...panel.fieldConfig.defaults }, values: [value] };
  const display = getDisplayProcessor({ field, theme });
  const shown = value === null || value === undefined
    ? { text: panel.fieldConfig.defaults.noValue ?? "no data", numeric: NaN, color: theme.visualization.getColorByName("text") }
    : display(value);
  return { ...shown, title: name };
}

export function Stat({ panel, rows, theme, width, height }) {
  const all = rows.length ? rows : [{ name: "", value: null }];
  return (
    <div style={{ display: "flex", gap: 4 }}>
      {all.map((row, index) => (
        <BigValue key={index} width={(width - 4 * (all.length - 1)) / all.length} height={height} theme={theme} colorMode="background"
          graphMode="none" textMode={panel.options.textMode} value={displayed(panel, row.name, row.value, theme)} />
      ))}
    </div>
  );
}

export function Bars({ panel, rows, theme, width, height }) {
  const each = Math.max(24, height / Math.max(1, rows.length) - 6);
  return rows.map((row, index) => (
    <div key={index} style={{ marginBottom: 6 }}>
      <BarGauge width={width} height={each} theme={theme} orientation="horizontal" displayMode="basic" showUnfilled
        namePlacement={panel.options.namePlacement}
        field={{ ...panel.fieldConfig.defaults, thresholds: panel.fieldConfig.defaults.thresholds }}
        value={displayed(panel, row.name, row.value, theme)} />
    </div>
  ));
}

// Rows of one set of labels are merged: the values A, B, … become columns.
export function Rows({ panel, rows, theme, width, height }) {
  const merged = new Map();
  for (const row of rows) {
    const key = JSON.stringify(row.labels);
    merged.set(key, { ...row.labels, ...merged.get(key), [`Value #${row.refId}`]: row.value });
  }
  const isValue = (name) => name.startsWith("Value #");
  const names = [...new Set([...merged.values()].flatMap(Object.keys))].sort((a, b) => isValue(a) - isValue(b) || a.localeCompare(b));
  const lines = [...merged.values()];
  for (const { options } of panel.transformations.filter(({ id }) => id === "sortBy")) {
    const [{ field }] = options.sort;
    const column = panel.fieldConfig.overrides.find(({ properties }) => properties.some(({ value }) => value === field)).matcher.options;
    lines.sort((a, b) => (b[column] ?? 0) - (a[column] ?? 0));
  }
  const frame = toDataFrame({
    fields: names.map((name) => ({
      name,
      type: isValue(name) ? FieldType.number : FieldType.string,
      values: lines.map((row) => row[name] ?? (isValue(name) ? null : "")),
    })),
  });
  for (const field of frame.fields) {
    const config = overridden(panel, field.name);
    field.config = { unit: field.type === FieldType.number ? config.unit : undefined, displayName: config.displayName ?? field.name,
                     links: config.links, custom: {} };
    field.state = { displayName: field.config.displayName };
    field.display = getDisplayProcessor({ field, theme });
    field.getLinks = () => [];
  }
  return <Table data={frame} width={width - 16} height={height} />;
}

export function Heatmap({ panel, frames, range, theme, width, height }) {
  const edge = (frame) => Number(frame.fields[1].labels.le.replace("+Inf", "Infinity"));
  const buckets = [...frames].sort((a, b) => edge(a) - edge(b));
  const format = getDisplayProcessor({ field: { type: FieldType.number, config: { unit: panel.fieldConfig.defaults.unit } }, theme });
  const left = 56, bottom = 18;
  const cells = [];
  const columns = buckets[0]?.fields[0].values.length ?? 0;
  const value = (row, column) => buckets[row].fields[1].values[column] ?? 0;
  const counts = buckets.map((_, row) => Array.from({ length: columns }, (_, c) => value(row, c) - (row ? value(row - 1, c) : 0)));
  const most = Math.max(1e-9, ...counts.flat());
  const w = (width - left) / Math.max(1, columns), h = (height - bottom) / Math.max(1, buckets.length);
  counts.forEach((row, r) => row.forEach((count, c) => count > 0 && cells.push(
    <rect key={`${r} ${c}`} x={left + c * w} y={height - bottom - (r + 1) * h} width={w + 0.5} height={h - 1}
      fill="#5794f2" opacity={0.15 + 0.85 * Math.sqrt(count / most)} />)));
  return (
    <svg width={width} height={height} fontSize={11} fill={theme.colors.text.secondary}>
      {cells}
      {buckets.map((frame, row) => row % 2 === 0 && (
        <text key={row} x={left - 6} y={height - bottom - row * h - h / 2 + 4} textAnchor="end">
          {Number.isFinite(edge(frame)) ? format(edge(frame)).text + (format(edge(frame)).suffix ?? "") : "more"}
        </text>))}
      {[0, 0.25, 0.5, 0.75, 1].map((part) => (
        <text key={part} x={left + part * (width - left)} y={height - 4} textAnchor={part === 1 ? "end" : part ? "middle" : "start"}>
          {range.moment(range.from + part * (range.to - range.from)).format("HH:mm")}
        </text>))}
    </svg>
  );
}

export function Timeline({ panel, frames, range, theme, width, height }) {
  const left = 190, bottom = 18;
  const h = (height - bottom) / Math.max(1, frames.length);
  return (
    <svg width={width} height={height} fontSize={12} fill={theme.colors.text.primary}>
      {frames.map((frame, row) => {
        const { values } = frame.fields[1];
        const w = (width - left) / values.length;
        return (
          <g key={row}>
            <text x={left - 8} y={row * h + h / 2 + 4} textAnchor="end">{frame.fields[1].name}</text>
            {values.map((value, at) => value !== null && (
              <rect key={at} x={left + at * w} y={row * h + 2} width={w + 0.5} height={h - 4}
                fill={displayed(panel, "", value, theme).color} />))}
          </g>);
      })}
      {[0, 0.5, 1].map((part) => (
        <text key={part} x={left + part * (width - left)} y={height - 4} textAnchor={part === 1 ? "end" : part ? "middle" : "start"}>
          {range.moment(range.from + part * (range.to - range.from)).format("HH:mm")}
        </text>))}
    </svg>
  );
}

const LEVELS = { error: "#f2495c", warn: "#ff9830", info: "#73bf69" };

export function LogLines({ found, range, theme, height }) {
  const lines = found.map(({ at, level, text }, index) => (
    <div key={index} style={{ fontFamily: "monospace", fontSize: 12, whiteSpace: "nowrap", overflow: "hidden", lineHeight: "20px",
      borderLeft: `3px solid ${LEVELS[level] ?? theme.colors.text.secondary}`, paddingLeft: 6, marginBottom: 2 }}>
      <span style={{ color: theme.colors.text.secondary }}>{range.moment(at / 1000).format("HH:mm:ss.SSS")}</span>{" "}
      {text}
    </div>
  ));
  return <div style={{ height, overflow: "hidden" }}>{lines}</div>;
}

export function Traces({ found, range, theme, width, height }) {
  const column = (name, values, unit) => {
    const field = { name, type: unit ? FieldType.number : FieldType.string, config: { unit, custom: {} }, values, state: { displayName: name } };
    return { ...field, display: getDisplayProcessor({ field, theme }), getLinks: () => [] };
  };
  const frame = toDataFrame({ fields: [
    column("start", found.map(({ at }) => range.moment(at / 1000).format("HH:mm:ss"))),
    column("name", found.map(({ name }) => name)),
    column("trace", found.map(({ id }) => id)),
    column("duration", found.map(({ ms }) => ms / 1000), "s"),
  ] });
  return <Table data={frame} width={width - 16} height={height} />;
}
