// A compiled dashboard as Grafana would lay it out, from a running Prometheus: ?board=…&prometheus=…&minutes=…
import { createTheme, dateTime, EventBusSrv, ThemeContext } from "@grafana/data";
import { GlobalStyles, PanelChrome, PanelContextProvider } from "@grafana/ui";
import React from "react";
import { createRoot } from "react-dom/client";

import "uplot/dist/uPlot.min.css";

import { Bars, Heatmap, Lines, LogLines, Rows, Stat, Timeline, Traces } from "./panels.jsx";
import { lastValues, logLines, rangeFrames, traces } from "./stores.js";

const CELL_PX = 34, GAP_PX = 8, WIDTH_PX = 1600;
const parameters = new URLSearchParams(location.search);
const theme = createTheme({ colors: { mode: "dark" } });
const step = 5;
const now = Math.floor(Date.now() / 1000 / step) * step;
const range = { from: now - 60 * Number(parameters.get("minutes")), to: now, step, moment: (at) => dateTime(at * 1000).utc() };

const stores = parameters.get("stores").split(",");
const graphs = { timeseries: Lines, heatmap: Heatmap, "state-timeline": Timeline };
const numbers = { stat: Stat, bargauge: Bars, table: Rows };

function Note({ children }) {
  return <div style={{ color: theme.colors.text.secondary, padding: 16 }}>{children}</div>;
}

// Asked for before anything is drawn: a picture is taken when nothing more is under way, not when the last canvas is done.
async function dataOf(panel) {
  const { type } = panel.datasource;
  const ask = { loki: logLines, tempo: traces }[type];
  if (ask) return stores.includes(type) ? ask(panel, range).catch((fault) => fault) : null;
  return (panel.type in graphs ? rangeFrames : lastValues)(parameters.get("prometheus"), panel, range).catch((fault) => fault);
}

// A description says when its panel may be empty.
function said(panel) {
  return panel.description.match(/Empty: ([^.]+)\./)?.[1] ?? panel.fieldConfig.defaults.noValue ?? "No data";
}

function Content({ panel, width, height }) {
  const found = data.get(panel.id);
  if (found === null) return <Note>{panel.datasource.type === "loki" ? "Log lines" : "Traces"}: no such store runs here.</Note>;
  if (found instanceof Error) return <Note>{String(found)}</Note>;
  if (found.length === 0 && panel.type !== "stat") return <Note>{said(panel)}</Note>;
  const { type } = panel.datasource;
  if (type !== "prometheus") {
    const Found = type === "loki" ? LogLines : Traces;
    return <Found found={found} range={range} theme={theme} width={width} height={height} />;
  }
  const Panel = graphs[panel.type] ?? numbers[panel.type];
  return <Panel panel={panel} frames={found} rows={found} range={range} theme={theme} width={width} height={height} />;
}

function Board({ board }) {
  const cell = WIDTH_PX / 24;
  return (
    <div style={{ position: "relative", width: WIDTH_PX, padding: 12 }}>
      <h2 style={{ margin: "0 0 2px" }}>{board.title}</h2>
      <div style={{ color: theme.colors.text.secondary, marginBottom: 8 }}>{board.description}</div>
      <div style={{ position: "relative" }}>
        {board.panels.map((panel) => {
          const { x, y, w, h } = panel.gridPos;
          const width = w * cell - GAP_PX, height = h * CELL_PX - GAP_PX;
          return (
            <div key={panel.id} style={{ position: "absolute", left: x * cell, top: y * CELL_PX, width, height }}>
              <PanelChrome title={panel.title} width={width} height={height} padding={panel.type === "stat" ? "none" : "sm"}>
                {(innerWidth, innerHeight) => <Content panel={panel} width={innerWidth} height={innerHeight} />}
              </PanelChrome>
            </div>
          );
        })}
      </div>
    </div>
  );
}

const board = await (await fetch(`/boards/${parameters.get("board")}.json`)).json();
const data = new Map(await Promise.all(board.panels.map(async (panel) => [panel.id, await dataOf(panel)])));
document.body.style.background = theme.colors.background.canvas;
createRoot(document.getElementById("root")).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <PanelContextProvider value={{ eventsScope: "page", eventBus: new EventBusSrv() }}>
      <Board board={board} />
    </PanelContextProvider>
  </ThemeContext.Provider>,
);
