"""Azurite (npm), an emulator of Azure Blob Storage, as a process of a test."""

import base64
import contextlib
import email.utils
import hashlib
import hmac
import http.client
import os
import pathlib
import socket
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree

import npm

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "build/azurite"
PACKAGE = "azurite@3.35.0"
ACCOUNT = "vigietest"


def why_missing():
    return npm.why_missing(DIRECTORY, [PACKAGE])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Azurite:
    """On one port with one key, however often it is started. It keeps what it has in `directory`, or with `in_memory` nothing,
    and tells nobody of itself."""

    def __init__(self, directory, in_memory=False):
        self.directory = directory
        self.in_memory = in_memory
        self.key = base64.b64encode(os.urandom(64)).decode()
        self.port = free_port()
        self.process = None

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    def start(self):
        keeps = ["--inMemoryPersistence"] if self.in_memory else ["--location", str(self.directory)]
        self.process = subprocess.Popen(
            ["node", str(DIRECTORY / "node_modules/azurite/dist/src/blob/main.js"), "--blobHost", "127.0.0.1",
             "--blobPort", str(self.port), *keeps, "--disableTelemetry", "--silent"],
            cwd=self.directory, env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise RuntimeError("Azurite did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def request(self, method, path, content=b"", **query):
        """Of a container or a blob, signed with the account's key. (status, body)"""
        own = {"x-ms-blob-type": "BlockBlob", "x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        lines = [method, "", "", str(len(content) or ""), *[""] * 8]
        lines += [f"{name}:{value}" for name, value in own.items()]
        lines += [f"/{ACCOUNT}/{ACCOUNT}/{path}", *[f"{name}:{query[name]}" for name in sorted(query)]]
        signature = hmac.digest(base64.b64decode(self.key), "\n".join(lines).encode(), hashlib.sha256)
        authorization = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, f"/{ACCOUNT}/{path}?" + urllib.parse.urlencode(query), content,
                               own | {"Authorization": authorization, "Content-Length": str(len(content))})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def put(self, path, content):
        status, body = self.request("PUT", path, content)
        if status != 201:
            raise RuntimeError(f"no blob {path}: {status} {body}")

    def make_container(self, name):
        status, body = self.request("PUT", name, restype="container")
        if status != 201:
            raise RuntimeError(f"no container {name}: {status} {body}")

    def names(self, container):
        """Of all blobs."""
        status, body = self.request("GET", container, comp="list", restype="container")
        if status != 200:
            raise RuntimeError(f"no list of {container}: {status} {body}")
        return [element.text for element in xml.etree.ElementTree.fromstring(body).iterfind(".//Blob/Name")]
