// Reads a JSON array of {language, text}; answers for each what does not parse, and the names in it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const parsers = {
  promql: (await load("@prometheus-io/lezer-promql")).parser,
  logql: (await load("@grafana/lezer-logql")).parser,
  traceql: (await load("@grafana/lezer-traceql")).parser,
};

// What each grammar calls the nodes that hold names; a path of parents, the innermost last.
const wanted = {
  promql: {
    metrics: [["VectorSelector", "Identifier"]],
    labels: [["UnquotedLabelMatcher", "LabelName"]],
    grouping: [["GroupingLabels", "LabelName"]],
  },
  logql: {
    streams: [["Matchers", "Matcher", "Identifier"]],
    fields: [
      ["LabelFilter", "Matcher", "Identifier"],
      ["LabelFilter", "NumberFilter", "Identifier"],
      ["LabelFilter", "UnitFilter", "Identifier"],
      ["UnitFilter", "DurationFilter", "Identifier"],
      ["Labels", "Identifier"],
      ["UnwrapExpr", "Identifier"],
    ],
  },
  traceql: { attributes: [["AttributeField"]] },
};

function namesOf(language, tree, text) {
  const found = Object.fromEntries(Object.keys(wanted[language]).map((kind) => [kind, []]));
  tree.iterate({
    enter(node) {
      const name = text.slice(node.from, node.to);
      for (const [kind, paths] of Object.entries(wanted[language]))
        if (paths.some((path) => node.name === path.at(-1) && node.matchContext(path.slice(0, -1)))) found[kind].push(name);
    },
  });
  return found;
}

function faultsOf(tree, text) {
  const faults = [];
  tree.iterate({ enter: (node) => void (node.type.isError && faults.push(text.slice(Math.max(0, node.from - 20), node.to + 20))) });
  return faults;
}

const answers = JSON.parse(readFileSync(0, "utf8")).map(({ language, text }) => {
  const tree = parsers[language].parse(text);
  return { faults: faultsOf(tree, text), names: namesOf(language, tree, text) };
});
process.stdout.write(JSON.stringify(answers));
