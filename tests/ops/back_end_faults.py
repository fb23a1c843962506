"""What is wrong with the files of Loki, Tempo, Collector and Alloy, as far as it can be told without the programs."""

import json
import re

from alloy_file import Block
from repository import ROOT

KEYS = {path.stem: json.loads(path.read_text())["keys"] for path in sorted((ROOT / "tests/ops/keys").glob("*.json"))}
DAY_H = 24
LABELS = {"service_name", "env", "level"}


def kind(key: str) -> str:
    """otlp_http/tempo is an otlp_http."""
    return key.split("/")[0]


def key_faults(component: str, node: object, path: str = "") -> list[str]:
    """Keys that the program does not have: it would refuse them at its start, or worse, not look at them."""
    if isinstance(node, list):
        return [fault for item in node for fault in key_faults(component, item, path)]
    if not isinstance(node, dict):
        return []
    allowed = KEYS[component].get(path or ".")
    if allowed is None:
        return [f"{component}: nothing is known of what may stand in {path}"]
    faults = []
    for key, value in node.items():
        name = "*" if allowed == "*" else kind(key)
        if name not in allowed.split():
            faults.append(f"{component}: {path}.{key} is no setting" if path else f"{component}: {key} is no setting")
        else:
            faults += key_faults(component, value, f"{path}.{name}" if path else name)
    return faults


def path_faults(component: str, text: str) -> list[str]:
    """A directory that does not last."""
    return [f"{component}: {line.strip()}: not in /tmp" for line in without_comments(text).splitlines() if "/tmp" in line]


def hours(duration: str) -> float:
    unit = {"s": 1 / 3600, "m": 1 / 60, "h": 1, "d": DAY_H}
    return sum(float(number) * unit[mark] for number, mark in re.findall(r"(\d+)([smhd])", duration))


def loki_faults(config: dict) -> list[str]:
    faults = []
    compactor, limits, server = config["compactor"], config["limits_config"], config["server"]
    if not compactor.get("retention_enabled"):
        faults.append("loki: without compactor.retention_enabled, log lines are kept for ever")
    elif not compactor.get("delete_request_store"):
        faults.append("loki: retention needs compactor.delete_request_store")
    for row in config["schema_config"]["configs"]:
        if (row["store"], row["schema"], row["index"]["period"]) != ("tsdb", "v13", "24h"):
            faults.append(f"loki: the schema from {row['from']} is not tsdb v13 with a period of 24h, which retention and metadata need")
    if hours(limits["retention_period"]) < DAY_H:
        faults.append("loki: retention_period is under a day")
    if hours(limits["max_query_length"]) < hours(limits["retention_period"]):
        faults.append("loki: max_query_length is shorter than what is kept")
    if not limits.get("allow_structured_metadata"):
        faults.append("loki: structured metadata is not allowed, and trace_id is one")
    for side in ("read", "write"):
        if hours(server[f"http_server_{side}_timeout"]) <= hours(limits["query_timeout"]):
            faults.append(f"loki: http_server_{side}_timeout ends a query before query_timeout does")
    if config["common"]["path_prefix"] not in compactor["working_directory"]:
        faults.append("loki: the compactor works outside path_prefix, on no volume")
    if config["ruler"]["storage"]["type"] != "local":
        faults.append("loki: rules come from files")
    return faults + ([] if config["analytics"]["reporting_enabled"] is False else ["loki: analytics are sent"])


def tempo_faults(config: dict) -> list[str]:
    faults = []
    ages = {config["backend_scheduler"]["provider"]["compaction"]["compaction"]["block_retention"],
            config["backend_worker"]["compaction"]["block_retention"]}
    if len(ages) > 1:
        faults.append(f"tempo: scheduler and worker disagree on block_retention: {sorted(ages)}")
    if "metrics_generator" in config or "metrics_generator" in config["overrides"]["defaults"]:
        faults.append("tempo: the collector makes the metrics of spans; made here too, each series exists twice")
    if not config["overrides"]["defaults"]["global"].get("max_bytes_per_trace"):
        faults.append("tempo: a trace has no limit")
    return faults + ([] if config["usage_report"]["reporting_enabled"] is False else ["tempo: usage reports are sent"])


def use_faults(config: dict) -> list[str]:
    """Defined is used, used is defined. A connector is an exporter of one pipeline and a receiver of another."""
    pipelines = config["service"]["pipelines"].values()
    used = {part: {name for pipeline in pipelines for name in pipeline.get(part, [])}
            for part in ("receivers", "processors", "exporters")}
    connectors = set(config.get("connectors", {}))
    storages = {exporter.get("sending_queue", {}).get("storage") for exporter in config["exporters"].values()} - {None}
    pairs = {
        "receivers": (set(config["receivers"]), used["receivers"] - connectors),
        "processors": (set(config["processors"]), used["processors"]),
        "exporters": (set(config["exporters"]), used["exporters"] - connectors),
        "connectors": (connectors, used["receivers"] & used["exporters"] & connectors),
        "extensions": (set(config["extensions"]), set(config["service"]["extensions"])),
    }
    faults = [f"otelcol: {part}.{name} is defined and not used" for part, (defined, uses) in pairs.items() for name in sorted(defined - uses)]
    faults += [f"otelcol: {part}.{name} is used and not defined" for part, (defined, uses) in pairs.items() for name in sorted(uses - defined)]
    return faults + [f"otelcol: the storage {name} is no extension" for name in sorted(storages - pairs["extensions"][0])]


def otelcol_faults(config: dict) -> list[str]:
    faults = use_faults(config)
    measured = set()
    for name, pipeline in config["service"]["pipelines"].items():
        steps = pipeline.get("processors", [])
        if not steps or kind(steps[0]) != "memory_limiter":
            faults.append(f"otelcol: memory_limiter is not the first processor of {name}")
        if "spanmetrics" in {kind(exporter) for exporter in pipeline["exporters"]}:
            measured.add(name)
            if "tail_sampling" in {kind(step) for step in steps}:
                faults.append(f"otelcol: {name} makes span metrics of what sampling leaves")
    if not measured:
        faults.append("otelcol: no pipeline makes span metrics")
    for name, exporter in config["exporters"].items():
        if kind(name) == "prometheus":
            continue
        queue, retry = exporter.get("sending_queue", {}), exporter.get("retry_on_failure", {})
        if not (queue.get("enabled") and queue.get("storage") and queue.get("queue_size")):
            faults.append(f"otelcol: {name} has no bounded queue on disk")
        if hours(str(retry.get("max_elapsed_time", "300s"))) not in (0,) and hours(str(retry.get("max_elapsed_time", "300s"))) < 1:
            faults.append(f"otelcol: {name} gives up within an hour")
    if config["connectors"]["spanmetrics"]["histogram"].get("unit") != "s":
        faults.append("otelcol: span metrics are in seconds (the default is ms)")
    if "health_check" not in config["extensions"]:
        faults.append("otelcol: no health_check")
    return faults


def milliseconds(duration: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(ms|s)", duration).groups()
    return float(number) * {"ms": 1, "s": 1000}[unit]


# Reasons of decisions that leave a trace out.
NEVER_KEPT = {"always_off", "not_exported", "repeated"}


def agreement_faults(config: dict, catalogue: dict, slow_s: float) -> list[str]:
    """The collector speaks of Vigie's numbers and names: they are those of the catalogue and of the objectives."""
    metrics = {metric["name"]: metric for metric in catalogue["metrics"]}
    faults = []
    spans = config["connectors"]["spanmetrics"]
    buckets = [milliseconds(edge) / 1000 for edge in spans["histogram"]["explicit"]["buckets"]]
    if buckets != metrics["http_server_request_duration_seconds"]["buckets"]:
        faults.append("otelcol: span metrics have other buckets than http_server_request_duration_seconds")
    attributes = {attribute["name"] for attribute in catalogue["attributes"]}
    policies = {policy["type"]: policy for policy in config["processors"]["tail_sampling"]["policies"]}
    asked = [dimension["name"] for dimension in spans["dimensions"]] + [policies["string_attribute"]["string_attribute"]["key"]]
    faults += [f"otelcol: no span has {name}" for name in asked if name not in attributes]
    if policies["latency"]["latency"]["threshold_ms"] != slow_s * 1000:
        faults.append("otelcol: a slow trace is another one than the objective's")
    reasons = next(label["values"] for label in metrics["vigie_trace_decisions_total"]["labels"] if label["name"] == "reason")
    kept = policies["string_attribute"]["string_attribute"]["values"]
    faults += [f"otelcol: no trace is kept for {value}" for value in kept if value not in reasons]
    return faults + [f"otelcol: exemplars of traces kept for {value} lead nowhere" for value in reasons
                     if value not in kept and value not in NEVER_KEPT]


def network_faults(name: str, rendered: str) -> list[str]:
    """On a developer's machine nothing listens for others, and nothing is looked for by a name of compose.yaml."""
    found = re.findall(r"0\.0\.0\.0|://[a-z][a-z-]*:\d+|/var/\S+|/etc/\S+", without_comments(rendered))
    return [f"{name}: {place} is left in the rendered file" for place in found]


def without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("#", "//")))


def block_faults(block: Block, path: str = "") -> list[str]:
    allowed = KEYS["alloy"].get(path or ".", "").split()
    names = list(block.attributes) + [inner.name for inner in block.blocks]
    faults = [f"alloy: {path or 'the file'}: {name} is no setting" for name in names if name not in allowed]
    return faults + [fault for inner in block.blocks if inner.name in allowed
                     for fault in block_faults(inner, f"{path}.{inner.name}" if path else inner.name)]


def alloy_faults(root: Block) -> list[str]:
    faults = block_faults(root)
    components = {block.id: block for block in root.blocks if block.label}
    references = {block.id: re.findall(r"\b((?:local|loki)\.[\w.]+?)\.(?:targets|receiver)\b", " ".join(block.attributes.values()))
                  for block in components.values()}
    used = {name for names in references.values() for name in names}
    faults += [f"alloy: {name} is used and not defined" for name in sorted(used - set(components))]
    faults += [f"alloy: {name} is defined and not used" for name in sorted(set(components) - used)
               if not name.startswith("loki.source")]
    for block in components.values():
        faults += [f"alloy: {block.id}: {label} is no label, or each value makes a stream"
                   for stage in block.stages("stage.labels")
                   for label in re.findall(r"(\w+)\s*=", stage.attributes["values"]) if label not in LABELS]
        if "loki.write.loki" in references[block.id] and not block.stages("stage.replace"):
            faults.append(f"alloy: {block.id} sends to Loki what no stage.replace has looked at")
    metadata = " ".join(stage.attributes["values"] for block in components.values() for stage in block.stages("stage.structured_metadata"))
    return faults + [f"alloy: {name} is not in the structured metadata" for name in ("trace_id", "correlation_id") if name not in metadata]
