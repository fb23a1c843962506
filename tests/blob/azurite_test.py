#!/usr/bin/python3
"""The contract of the store of contents on Azurite (npm), and what happens when it is stopped."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/harness"))

from azurite import Azurite, why_missing  # noqa: E402

SKIPPED = 77


def main() -> int:
    if reason := why_missing():
        print(f"SKIPPED: {reason}")
        return SKIPPED
    binary = os.environ.get("BLOB_AZURE_TEST", str(ROOT / "build/dev/tests/blob/blob_azure_test"))
    with tempfile.TemporaryDirectory(prefix="vigie-azurite-") as directory:
        service = Azurite(directory, in_memory=True)
        environment = os.environ | {"VIGIE_TEST_AZURE_ENDPOINT": service.endpoint, "VIGIE_TEST_AZURE_KEY": service.key}
        service.start()
        try:
            code = subprocess.run([binary, *sys.argv[1:]], env=environment, timeout=240).returncode
        finally:
            service.stop()
    gone = subprocess.run([binary, "--gtest_filter=AzureGone.*", "--gtest_also_run_disabled_tests"], env=environment, timeout=60)
    return code or gone.returncode


if __name__ == "__main__":
    sys.exit(main())
