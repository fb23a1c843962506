#!/usr/bin/python3
"""The contract of the store of contents on Azurite (npm), and what happens when it is stopped."""

import base64
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/harness"))

import npm  # noqa: E402

DIRECTORY = ROOT / "build/azurite"
PACKAGE = "azurite@3.35.0"
ACCOUNT = "vigietest"
SKIPPED = 77


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_azurite(port: int, key: str, directory: str) -> subprocess.Popen:
    """It tells nobody of itself and keeps nothing."""
    process = subprocess.Popen(
        ["node", str(DIRECTORY / "node_modules/azurite/dist/src/blob/main.js"), "--blobHost", "127.0.0.1", "--blobPort", str(port),
         "--inMemoryPersistence", "--disableTelemetry", "--silent"],
        cwd=directory, env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError("Azurite did not start")


def main() -> int:
    if reason := npm.why_missing(DIRECTORY, [PACKAGE]):
        print(f"SKIPPED: {reason}")
        return SKIPPED
    binary = os.environ.get("BLOB_AZURE_TEST", str(ROOT / "build/dev/tests/blob/blob_azure_test"))
    key = base64.b64encode(os.urandom(64)).decode()
    port = free_port()
    environment = os.environ | {"VIGIE_TEST_AZURE_ENDPOINT": f"http://127.0.0.1:{port}/{ACCOUNT}", "VIGIE_TEST_AZURE_KEY": key}
    with tempfile.TemporaryDirectory(prefix="vigie-azurite-") as directory:
        azurite = start_azurite(port, key, directory)
        try:
            code = subprocess.run([binary, *sys.argv[1:]], env=environment, timeout=240).returncode
        finally:
            azurite.terminate()
            azurite.wait(30)
    gone = subprocess.run([binary, "--gtest_filter=AzureGone.*", "--gtest_also_run_disabled_tests"], env=environment, timeout=60)
    return code or gone.returncode


if __name__ == "__main__":
    sys.exit(main())
