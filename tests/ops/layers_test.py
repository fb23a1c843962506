#!/usr/bin/python3
"""Who may include whom: the table of docs/architecture.md, held against every #include."""

import re

from repository import RepositoryTest, files_of, main, text_of

# layer -> prefixes of our own headers that it may include, besides its own folder
ALLOWED = {
    "telemetry": (),
    "server/platform/core": (),
    # std, and ICU in text.cpp; a forward declaration of telemetry's Trace needs no include
    "server/domain": (),
    # result.hpp is the vocabulary of http/message.hpp
    "server/net": ("server/domain/result.hpp", "server/domain/share_pool.hpp", "server/domain/caller.hpp", "server/domain/turns.hpp",
                   "server/http/message.hpp", "server/http/application.hpp"),
    "server/http": ("server/domain/", "telemetry/"),
    "server/storage": ("server/domain/", "telemetry/", "server/net/waiting.hpp", "server/net/run_on.hpp"),
    # std only
    "server/crypto": (),
    "server/auth": ("server/domain/", "telemetry/", "server/net/waiting.hpp", "server/crypto/"),
    "server/blob": ("server/domain/", "telemetry/", "server/net/waiting.hpp", "server/crypto/"),
    # child processes on fibers
    "server/process": ("server/domain/", "server/net/waiting.hpp"),
    "server/backup": ("server/domain/", "telemetry/", "server/process/"),
    # a program of its own: what the two have agreed on, and nothing else
    "server/preview/program": ("server/preview/protocol.hpp",),
    "server/preview": ("server/domain/", "telemetry/", "server/net/waiting.hpp", "server/process/"),
    "server/jobs": ("server/domain/", "telemetry/", "server/net/waiting.hpp", "server/net/run_on.hpp"),
    "server/app": ("server/", "telemetry/"),
    "server/main": ("server/app/",),
}

# The ground floor, below every layer of the server.
GROUND_FLOOR = "server/platform/core/"

# prefix of a third-party header -> layers that may include it
THIRD_PARTY = {
    "pistache/": ("server/net",),
    "boost/": ("server/net",),
    "llhttp.h": ("server/net",),
    "libpq-fe.h": ("server/storage",),
    "libpq/": ("server/storage",),
    "postgres_ext.h": ("server/storage",),
    "openssl/": ("server/crypto", "server/auth", "server/blob"),
    "unicode/": ("server/domain",),
    "argon2.h": ("server/auth",),
    "prometheus/": ("telemetry",),
    "vips/": ("server/preview/program",),
    "lcms2.h": ("server/preview/program",),
    "seccomp.h": ("server/preview/program",),
    "curl/": ("telemetry", "server/blob"),
    "zlib.h": ("telemetry",),
    "CLI/": ("server/app",),
    "nlohmann/": ("server/platform/core", "server/http", "server/auth"),
    "fmt/": ("telemetry", "server/http", "server/storage", "server/auth", "server/net", "server/app"),
}
# Parts of the platform: the compiler's own headers have no slash and no `.h`, POSIX's have one of these forms.
PLATFORM = re.compile(r"[a-z_]+|c[a-z]+|(sys|netinet|arpa|linux|sanitizer)/[a-z_]+\.h|[a-z_]+\.h|(cxxabi|x86intrin)\.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def layer_of(name: str) -> str | None:
    if name == "server/main.cpp":
        return "server/main"
    return next((layer for layer in ALLOWED if name.startswith(layer + "/")), None)


def faults_of(name: str, text: str) -> list[str]:
    layer = layer_of(name)
    if layer is None:
        return [f"{name}: belongs to no layer; add its folder to the table in docs/architecture.md and here"]
    everywhere = (GROUND_FLOOR,) if layer.startswith("server/") else ()
    faults = []
    for form, header in INCLUDE.findall(text):
        if form == '"':
            own = header.startswith((layer + "/", *ALLOWED[layer], *everywhere))
            if not own:
                faults.append(f'{name}: {layer} may not include "{header}"')
            continue
        allowed = next((layers for prefix, layers in THIRD_PARTY.items() if header.startswith(prefix)), None)
        if allowed is None and not PLATFORM.fullmatch(header):
            faults.append(f"{name}: <{header}> is a library this table does not know")
        if allowed is not None and layer not in allowed:
            faults.append(f"{name}: <{header}> belongs to {', '.join(allowed)} alone")
    return faults


# The shares of callers are counted where connections and requests are.
NOT_YET_USED = {"server/domain/share_pool.hpp", "server/domain/caller.hpp"}


def unused_allowances(sources: dict[str, str]) -> list[str]:
    """What nobody includes need not be allowed: the table says how it is."""
    used: dict[str, set[str]] = {}
    for name, text in sources.items():
        used.setdefault(layer_of(name) or "", set()).update(header for form, header in INCLUDE.findall(text) if form == '"')
    return [f"{layer} may include {prefix}, and does not" for layer, prefixes in ALLOWED.items() for prefix in prefixes
            if prefix not in NOT_YET_USED and not any(header.startswith(prefix) for header in used.get(layer, ()))]


class Layers(RepositoryTest):
    def test_what_is_allowed_is_needed(self):
        sources = {name: text_of(name) for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/"))}
        self.assert_none(unused_allowances(sources))
        without = {name: text for name, text in sources.items() if name.startswith("server/http/") is False}
        self.assert_caught(unused_allowances(without), "server/http may include server/domain/, and does not")

    def test_every_include_follows_the_table(self):
        faults = []
        for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/")):
            faults += faults_of(name, text_of(name))
        self.assert_none(faults)

    def test_catches_a_planted_include(self):
        self.assert_caught(faults_of("server/domain/event.cpp", "#include <libpq-fe.h>\n"), "belongs to server/storage")
        self.assert_caught(faults_of("server/http/a.cpp", '#include "server/storage/exec.hpp"\n'), "may not include")
        self.assert_caught(faults_of("telemetry/a.hpp", '#include "server/domain/id.hpp"\n'), "may not include")
        self.assert_caught(faults_of("telemetry/a.hpp", '#include "server/platform/core/hex.hpp"\n'), "may not include")
        self.assert_caught(faults_of("server/platform/core/a.hpp", '#include "server/domain/id.hpp"\n'), "may not include")
        self.assert_caught(faults_of("server/net/a.hpp", "#include <uv/loop.h>\n"), "does not know")
        self.assert_caught(faults_of("server/nowhere/a.hpp", ""), "belongs to no layer")
        self.assert_caught(faults_of("server/preview/a.cpp", "#include <vips/vips.h>\n"), "belongs to server/preview/program")
        self.assert_caught(faults_of("server/preview/program/a.cpp", '#include "server/process/child_process.hpp"\n'), "may not include")


if __name__ == "__main__":
    main()
