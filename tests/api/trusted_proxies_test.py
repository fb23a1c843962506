#!/usr/bin/python3
"""Whose address counts behind a proxy: what a trusted one says of its client, and nothing a client says of itself."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from client import Client  # noqa: E402
from vigie_process import free_port  # noqa: E402

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
FEW = {"VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "1", "VIGIE_RATE_LIMIT_BURST": "5"}
NGINX_CONF = """
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {directory}/nginx_body; proxy_temp_path {directory}/nginx_proxy;
  fastcgi_temp_path {directory}/nginx_fastcgi; uwsgi_temp_path {directory}/nginx_uwsgi; scgi_temp_path {directory}/nginx_scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{vigie_port};
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""


class ForwardedCase(ApiCase):
    def statuses(self, *forwarded):
        client = self.client()
        return [client.get("/api/v1/events", x_forwarded_for=text).status for text in forwarded]

    def address_told_of(self, correlation_id):
        line = self.vigie.wait_for_log(lambda line: line["event"] == "http.request"
                                       and line.get("correlation_id") == correlation_id)
        return line["client.address"]


class WithoutProxies(ForwardedCase):
    settings = FEW

    def test_the_header_is_no_way_round_the_limit(self):
        self.client().get("/api/v1/events", x_forwarded_for="198.51.100.1", x_correlation_id="without")
        self.assertIn(429, self.statuses(*(f"198.51.100.{n}" for n in range(20))))
        self.assertEqual(self.address_told_of("without"), "127.0.0.1")

    def test_what_is_no_address_stops_the_start(self):
        done = self.new_vigie(VIGIE_HTTP_TRUSTED_PROXIES="10.0.0.0/8,proxy.example,::/200").run("serve", check=False)
        self.assertNotEqual(done.returncode, 0)
        for item in ("VIGIE_HTTP_TRUSTED_PROXIES: 'proxy.example'", "VIGIE_HTTP_TRUSTED_PROXIES: '::/200'"):
            self.assertIn(item, done.stderr)


class BehindProxies(ForwardedCase):
    settings = FEW | {"VIGIE_HTTP_TRUSTED_PROXIES": "127.0.0.0/8, 10.1.0.0/16"}

    def test_each_client_has_its_own_limit(self):
        self.assertEqual(self.statuses(*(f"198.51.100.{n}" for n in range(20))), [200] * 20)
        # What a client writes itself stands to the left.
        self.assertIn(429, self.statuses(*(f"192.0.2.{n}, 203.0.113.7, 10.1.0.9" for n in range(20))))

    def test_the_client_is_told_in_logs(self):
        client = self.client()
        client.get("/api/v1/events", x_forwarded_for="192.0.2.1, 203.0.113.9, 10.1.0.9", x_correlation_id="logged")
        self.assertEqual(self.address_told_of("logged"), "203.0.113.9")
        client.get("/api/v1/events", x_forwarded_for="203.0.113.10, nonsense, 10.1.0.9", x_correlation_id="nonsense")
        self.assertEqual(self.address_told_of("nonsense"), "10.1.0.9")


@unittest.skipUnless(NGINX, "nginx is not installed")
class BehindNginx(ForwardedCase):
    settings = FEW | {"VIGIE_HTTP_TRUSTED_PROXIES": "127.0.0.1"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        conf = cls.directory / "nginx.conf"
        conf.write_text(NGINX_CONF.format(directory=cls.directory, port=cls.port, vigie_port=cls.vigie.port))
        cls.nginx = subprocess.Popen([NGINX, "-p", str(cls.directory), "-c", str(conf)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.nginx.wait, 10)
        cls.addClassCleanup(cls.nginx.terminate)
        cls.vigie.wait_until(cls.is_serving, "nginx")

    @classmethod
    def is_serving(cls):
        with Client(cls.port) as client:
            return client.get("/livez").status in (200, 429)

    def from_address(self, address, **headers):
        client = Client(self.port)
        self.addCleanup(client.close)
        client.connection.source_address = (address, 0)
        return client.get("/api/v1/events", **headers)

    def test_the_client_of_nginx_is_counted_and_told(self):
        statuses = [self.from_address("127.0.0.2", x_forwarded_for=f"198.51.100.{n}", x_correlation_id=f"n{n}").status for n in range(20)]
        self.assertEqual(statuses[-1], 429)
        # Those that follow may have no line of their own.
        self.assertEqual(self.address_told_of(f"n{statuses.index(429)}"), "127.0.0.2")
        self.assertEqual(self.from_address("127.0.0.3").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=1)
