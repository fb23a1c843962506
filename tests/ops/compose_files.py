"""compose.yaml with the files that it includes, and what is wrong with them as far as it can be told without Docker."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass

import yaml

from repository import ROOT, text_of

# https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json: of a service, what we use or may use.
SERVICE_KEYS = set("""build cap_add cap_drop command container_name cpus depends_on dns domainname entrypoint environment env_file expose
    extra_hosts group_add healthcheck hostname image init labels logging mem_limit mem_reservation memswap_limit network_mode
    networks pids_limit ports profiles pull_policy read_only restart secrets security_opt shm_size stop_grace_period stop_signal
    sysctls tmpfs ulimits user volumes working_dir""".split())
PROFILES = {"core", "full", "load"}
# A service that may lack what the others must have, with the reason.
EXEMPT = {
    ("prepare", "user"): "hands the volumes to their accounts, with that one capability, and ends",
    ("prepare", "healthcheck"): "ends", ("migrate", "healthcheck"): "ends", ("load", "healthcheck"): "ends",
    ("external-links", "healthcheck"): "ends",
    ("log-rotation", "healthcheck"): "serves nobody; a log that grows is HostDiskFilling",
    ("nginx-exporter", "healthcheck"): "its image has no shell; Prometheus scrapes it",
    ("otelcol", "healthcheck"): "its image has no shell; Prometheus scrapes it",
    ("loki", "healthcheck"): "its image has no shell; Prometheus scrapes it",
}
# What nothing in the repository is, but deploy/make_secrets.sh makes, or the machine has.
MADE = ("./.secrets/", "/")
# Files that say where somebody listens, besides the compose files themselves.
ADDRESS_FILES = ("deploy/nginx/nginx.conf", "loki/loki.yaml", "loki/alloy.alloy", "telemetry/collector/otelcol.yaml",
                 "telemetry/collector/tempo.yaml", "alerts/prometheus.yml", "alerts/alertmanager.yml")
ADDRESS = re.compile(r"(?:https?://|@|\bserver |\"|: )([a-z][a-z0-9-]*):(\d{2,5})\b(?![-:])")
NO_SERVICE = {"localhost", "unix"}


@dataclass(frozen=True)
class Compose:
    services: dict[str, dict]
    volumes: set[str]
    secrets: dict[str, dict]
    networks: set[str]


def with_defaults(text: str) -> str:
    """${NAME:-value} and ${NAME-value} as they are where nothing is set."""
    return re.sub(r"\$\{(?!NGINX_ADDRESS)\w+:?-([^}]*)\}", r"\1", text)


def load() -> Compose:
    main = yaml.safe_load(with_defaults(text_of("compose.yaml")))
    parts = [main] + [yaml.safe_load(with_defaults(text_of(row["path"]))) for row in main["include"]]
    services = {name: service for part in parts for name, service in part.get("services", {}).items()}
    return Compose(services, set(main["volumes"]), main["secrets"], set(main["networks"]))


def has_docker_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    return asked.returncode == 0


def is_exempt(name: str, what: str) -> bool:
    return (name, what) in EXEMPT


def form_faults(name: str, service: dict) -> list[str]:
    faults = [f"{name}: {key} is no key of a service" for key in sorted(set(service) - SERVICE_KEYS)]
    profiles = set(service.get("profiles", []))
    if not profiles or not profiles <= PROFILES:
        faults.append(f"{name}: profiles {sorted(profiles)} are not of {sorted(PROFILES)}")
    if profiles & {"core"} and "full" not in profiles:
        faults.append(f"{name}: full is core and more")
    image = service["image"]
    if not re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?", image):
        faults.append(f"{name}: {image} is not pinned to a version")
    return faults


def safety_faults(name: str, service: dict) -> list[str]:
    """Each container may do what it is for, and no more."""
    faults = []
    if not is_exempt(name, "user") and not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(service.get("user", ""))):
        faults.append(f"{name}: runs as root, or as whom its image likes")
    if service.get("read_only") is not True:
        faults.append(f"{name}: its file system can be written")
    if service.get("cap_drop") != ["ALL"] or "no-new-privileges:true" not in service.get("security_opt", []):
        faults.append(f"{name}: keeps capabilities")
    if set(service.get("cap_add", [])) and not is_exempt(name, "user"):
        faults.append(f"{name}: takes capabilities back")
    for limit in ("mem_limit", "cpus", "pids_limit"):
        if limit not in service:
            faults.append(f"{name}: has no {limit}")
    for port in service.get("ports", []):
        if not str(port).startswith(("127.0.0.1:", "${NGINX_ADDRESS:-127.0.0.1}:")):
            faults.append(f"{name}: {port} is published beyond this machine")
    for key, value in (service.get("environment") or {}).items():
        if re.search(r"PASSWORD|SECRET|TOKEN", key) and not key.endswith("_FILE") and not str(value).startswith("/run/"):
            faults.append(f"{name}: {key} is a secret in the environment, not in a file")
    if any("docker.sock" in str(volume) for volume in service.get("volumes", [])):
        faults.append(f"{name}: holds Docker itself")
    return faults


def runtime_faults(name: str, service: dict) -> list[str]:
    """The collector's runtime must make room before its memory_limiter has to refuse."""
    limit = (service.get("environment") or {}).get("GOMEMLIMIT")
    if name == "otelcol" and not limit:
        return [f"{name}: has no GOMEMLIMIT"]
    if limit and not 0.75 <= int(limit.removesuffix("MiB")) / int(str(service["mem_limit"]).removesuffix("m")) <= 0.85:
        return [f"{name}: GOMEMLIMIT is not 80 % of mem_limit"]
    return []


def health_faults(name: str, service: dict, compose: Compose) -> list[str]:
    health = service.get("healthcheck", {})
    faults = []
    if not is_exempt(name, "healthcheck") and not health.get("test"):
        faults.append(f"{name}: has no health check")
    for other, wait in service.get("depends_on", {}).items():
        target = compose.services.get(other)
        if target is None:
            faults.append(f"{name}: waits for {other}, which is no service")
            continue
        if wait["condition"] == "service_healthy" and not target.get("healthcheck", {}).get("test"):
            faults.append(f"{name}: waits for the health of {other}, which has no check")
        if wait["condition"] == "service_completed_successfully" and target.get("restart") != "no":
            faults.append(f"{name}: waits for the end of {other}, which is started again for ever")
        missing = set(service["profiles"]) - set(target["profiles"])
        if missing:
            faults.append(f"{name}: in profile {sorted(missing)} there is no {other}")
    return faults


def mount_faults(name: str, service: dict, compose: Compose) -> list[str]:
    faults = []
    for volume in service.get("volumes", []):
        source, target, *options = volume.split(":")
        if source.startswith("./") and not source.startswith(MADE[0]) and not (ROOT / source).exists():
            faults.append(f"{name}: {source} is not in the repository")
        if source.startswith((".", "/")) and not (options and options[0].split(",")[0] == "ro"):
            faults.append(f"{name}: {source} can be written from inside")
        if not source.startswith((".", "/")) and source not in compose.volumes:
            faults.append(f"{name}: {source} is no volume")
    faults += [f"{name}: {secret} is no secret" for secret in service.get("secrets", []) if secret not in compose.secrets]
    networks = service.get("networks", [])
    return faults + [f"{name}: {network} is no network" for network in networks if network not in compose.networks]


def listeners(compose: Compose) -> dict[str, set[str]]:
    """Who is called how, with the ports that answer there. `alertmanager` lives in the pager's network namespace."""
    found = {}
    for name, service in compose.services.items():
        ports = {str(port) for port in service.get("expose", [])} | {str(port).rsplit(":", 1)[1] for port in service.get("ports", [])}
        found[name] = ports
        networks = service.get("networks", {})
        for network in networks.values() if isinstance(networks, dict) else []:
            for alias in (network or {}).get("aliases", []):
                found[alias] = found.get(alias, set()) | ports
    for name, service in compose.services.items():
        if str(service.get("network_mode", "")).startswith("service:"):
            found[name] = found[service["network_mode"].removeprefix("service:")]
    return found


def address_faults(place: str, text: str, known: dict[str, set[str]]) -> list[str]:
    """A name that nobody has, or a port where he does not listen: found at three in the morning otherwise."""
    faults = []
    for line in text.splitlines():
        if line.lstrip().startswith(("#", "//")):
            continue
        for host, port in ADDRESS.findall(line):
            if host in NO_SERVICE:
                continue
            if host not in known:
                faults.append(f"{place}: {host}:{port}: there is no service {host}")
            elif port not in known[host]:
                faults.append(f"{place}: {host}:{port}: {host} listens on {', '.join(sorted(known[host])) or 'nothing'}")
    return faults


def profile_faults(compose: Compose) -> list[str]:
    """In profile core, Prometheus looks for nobody who does not run there: each would be a ticket."""
    core = {name for name, service in compose.services.items() if "core" in service["profiles"]}
    known = {name for name, ports in listeners(compose).items() if name in core} | {"alertmanager"}
    return [f"{path.name}: {host} does not run in profile core: its targets belong into back_ends/"
            for path in sorted((ROOT / "alerts/targets").glob("*.json"))
            for host in re.findall(r'"(?:https?://)?([a-z][a-z0-9-]*):\d+', path.read_text()) if host not in known]


def all_address_faults(compose: Compose) -> list[str]:
    known = listeners(compose)
    faults = []
    for name in ADDRESS_FILES:
        faults += address_faults(name, text_of(name), known)
    for path in sorted((ROOT / "alerts/targets").rglob("*.json")):
        for group in json.loads(path.read_text()):
            addresses = [*group["targets"], group["labels"].get("__prober", "")]
            faults += address_faults(path.name, "\n".join(f'"{address}' for address in addresses), known)
    for name, service in compose.services.items():
        said = [*map(str, (service.get("environment") or {}).values()), *map(str, service.get("command") or [])]
        faults += address_faults(name, "\n".join(f': {word}' for word in said), known)
    return faults


def faults_of(compose: Compose) -> list[str]:
    faults = []
    for name, service in compose.services.items():
        faults += form_faults(name, service) + safety_faults(name, service) + runtime_faults(name, service)
        faults += health_faults(name, service, compose) + mount_faults(name, service, compose)
    used = {volume.split(":")[0] for service in compose.services.values() for volume in service.get("volumes", [])}
    faults += [f"volume {name} is nobody's" for name in sorted(compose.volumes - used)]
    asked = {secret for service in compose.services.values() for secret in service.get("secrets", [])}
    return faults + [f"secret {name} is nobody's" for name in sorted(set(compose.secrets) - asked)] + all_address_faults(compose) + profile_faults(compose)
