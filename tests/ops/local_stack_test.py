#!/usr/bin/python3
"""The local stack's own parts, without starting it: ports, what is said of a process that ended, the demo data."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest import mock

from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "scripts"))

import demo_data  # noqa: E402
from local_stack import monitoring, proxy, settings  # noqa: E402
from local_stack.child import Child, StartError, readable, run_to_end  # noqa: E402
from local_stack.exporters import without_tls  # noqa: E402
from local_stack.rendered import rendered  # noqa: E402
from local_stack.compressed_time import CompressedTime  # noqa: E402

EVERY_PORT_FREE = {variable: "0" for variable, _, _ in settings.PORTS.values()}


def ports_with(**variables: str) -> dict[str, int]:
    with mock.patch.dict(os.environ, EVERY_PORT_FREE | variables):
        return settings.choose_ports()


class Ports(RepositoryTest):
    def fault_of(self, **variables: str) -> str:
        with self.assertRaises(settings.SettingError) as raised:
            ports_with(**variables)
        return str(raised.exception)

    def test_zero_takes_free_ports_that_differ(self):
        self.assertEqual(len(set(ports_with().values())), len(settings.PORTS))

    def test_a_free_port_stays_free_for_the_server_it_is_meant_for(self):
        """Of ports that are only bound and given back, some of five hundred come twice."""
        given = [settings.free_port() for _ in range(500)]
        self.assertEqual(len(set(given)), len(given))
        with socket.create_server((settings.HOST, given[0])) as server, socket.create_connection(server.getsockname()) as client:
            self.assertNotIn(client.getsockname()[1], given)

    def test_a_port_in_use_names_its_setting_and_its_holder(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, mock.patch.object(settings, "program", lambda _: "/bin/true"):
            port = taken.getsockname()[1]
            for name, (variable, _, listener) in settings.PORTS.items():
                with self.subTest(name):
                    message = self.fault_of(**{variable: str(port)})
                    self.assertIn(f"Port {port} of {listener} is in use by process {os.getpid()}", message)
                    self.assertIn(f"set {variable} to another one, or to 0", message)

    def test_a_port_for_nobody_need_not_be_free(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, mock.patch.object(settings, "program", lambda _: None):
            port = taken.getsockname()[1]
            self.assertEqual(ports_with(VIGIE_GRAFANA_PORT=str(port))["grafana"], port)

    def test_all_faults_are_one_message(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            message = self.fault_of(VIGIE_HTTP_PORT=port, VIGIE_ADMIN_PORT=port, VIGIE_PAGER_PORT="x", VIGIE_PROMETHEUS_PORT="65536")
        for part in ("set VIGIE_HTTP_PORT", "set VIGIE_ADMIN_PORT", "taken by another part", "not 'x'", "not '65536'"):
            self.assertIn(part, message)


class Children(RepositoryTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log = Path(directory.name) / "a.log"

    def ended(self, script: str) -> Child:
        child = Child("A", ["/bin/sh", "-c", script], self.log)
        child.start()
        child.process.wait(10)
        return child

    def test_the_end_is_told_with_the_last_lines_as_a_person_reads_them(self):
        line = '{"timestamp":"2026-01-01T03:00:00Z","severity_text":"ERROR","event":"db.unavailable","vigie.detail":"gone"}'
        child = self.ended(f"echo plain; echo '{line}'; exit 3")
        self.assertEqual(child.how_it_ended(), "ended with code 3")
        self.assertIn("  plain\n  03:00:00 ERROR db.unavailable  gone", child.last_lines())

    def test_silence_is_told_too(self):
        child = self.ended("kill -9 $$")
        self.assertEqual(child.how_it_ended(), "was ended by SIGKILL")
        self.assertEqual(child.last_lines(), f"It wrote nothing into {self.log}.")

    def test_a_start_that_fails_says_why(self):
        child = self.ended("echo no room >&2; exit 1")
        with self.assertRaisesRegex(StartError, "(?s)A ended with code 1.*no room"):
            child.wait_until(lambda: False, 10)

    def test_a_program_that_fails_says_why(self):
        self.assertEqual(run_to_end(["/bin/echo", "a"], "echo failed"), "a\n")
        with self.assertRaisesRegex(StartError, "(?s)it failed:.*why"):
            run_to_end(["/bin/sh", "-c", "echo why >&2; exit 1"], "it failed")

    def test_a_program_that_is_not_installed_is_named(self):
        with self.assertRaisesRegex(StartError, "A cannot start: vigie-nothing is not installed"):
            Child("A", ["vigie-nothing"], self.log).start()

    def test_the_last_words_of_five_starts_are_kept(self):
        """A second crash must not take those of the first."""
        for number in range(8):
            self.ended(f"echo start {number}")
        self.assertEqual({path.name: path.read_text().strip() for path in self.log.parent.iterdir()},
                         {"a.log": "start 7"} | {f"a.{age}.log": f"start {7 - age}" for age in range(1, 6)})

    def test_who_is_not_ready_in_time_says_why(self):
        child = Child("A", ["/bin/sleep", "20"], self.log)
        child.start()
        self.addCleanup(child.stop)
        with self.assertRaisesRegex(StartError, "A was not ready after 0 s. schema, database"):
            child.wait_until(lambda: False, 0.1, lambda: " schema, database")

    def test_the_reasons_are_those_that_readyz_gives(self):
        class Refuses(BaseHTTPRequestHandler):
            def do_GET(self):
                content = b'{"ready": false, "reasons": ["schema", "database"]}'
                self.send_response(503)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        with HTTPServer((settings.HOST, 0), Refuses) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://{settings.HOST}:{server.server_address[1]}/readyz"
            self.assertEqual(monitoring.reasons_of(url), f" {url} answers 503: schema, database")
            server.shutdown()
        self.assertIn("Connection refused", monitoring.reasons_of(f"http://{settings.HOST}:{settings.free_port()}/"))

    def test_other_lines_stand_as_they_are(self):
        self.assertEqual(readable('{"a": 1}'), '{"a": 1}')


class Compressed(RepositoryTest):
    """An hour is a minute: what drills run with. Scrapes of 5 s come each second."""

    time = CompressedTime(1 / 60, "5s")

    def test_ranges_steps_and_offsets_are_scaled(self):
        for written, expected in [
            ("rate(a[5m])", "rate(a[5000ms])"),
            ("sum_over_time(a[6h:5m]) > 10", "sum_over_time(a[360000ms:5000ms]) > 10"),
            ("max_over_time(a[1h30m:])", "max_over_time(a[90000ms:])"),
            ("a offset 1d - a offset -10m", "a offset 1440000ms - a offset -10000ms"),
            ('sum by (x) (count_over_time({a="b"} |= "c" [15m]))', 'sum by (x) (count_over_time({a="b"} |= "c" [15000ms]))'),
        ]:
            self.assertEqual(self.time.expression(written), expected)

    def test_a_range_holds_four_scrapes(self):
        self.assertEqual(self.time.expression("rate(a[1m])"), "rate(a[4000ms])")
        self.assertEqual(self.time.expression("rate(a[2s])"), "rate(a[2s])".replace("2s", "2000ms"))

    def test_seconds_of_a_step_are_a_duration(self):
        long, short = CompressedTime(1 / 600, "5s"), self.time
        self.assertEqual(short.expression("300 * sum_over_time(a:rate5m[6h:5m]) > 300"),
                         "5 * sum_over_time(a:rate5m[360000ms:5000ms]) > 300")
        self.assertEqual(long.expression("300 * sum_over_time(a[1d:5m])"), "4 * sum_over_time(a[144000ms:4000ms])")
        self.assertEqual(short.expression("60 * sum_over_time(a[1d:5m])"), "60 * sum_over_time(a[1440000ms:5000ms])")

    def test_the_limit_of_an_age_is_a_duration(self):
        self.assertEqual(self.time.expression("max_over_time(pg_stat_activity_max_tx_duration[5m]) > 300"),
                         "max_over_time(pg_stat_activity_max_tx_duration[5000ms]) > 5")

    def test_text_and_numbers_stay(self):
        for written in ('a{b=~"x[5m]|offset 5m"} > 300', "a{b='[5m]'} * 60 > 5", "a{b=`[5m]`}"):
            self.assertEqual(self.time.expression(written), written)

    def test_keys_are_scaled_with_a_floor_for_what_recurs(self):
        written = {"scrape_interval": "5s", "interval": "15s", "for": "30s", "group_wait": "10s", "repeat_interval": "4h",
                   "labels": {"long": "1h"}, "rules": [{"expr": "a[5m]", "for": "1h"}]}
        self.assertEqual(self.time.node(written), {
            "scrape_interval": "1000ms", "interval": "1000ms", "for": "500ms", "group_wait": "167ms",
            "repeat_interval": "240000ms", "labels": {"long": "1h"}, "rules": [{"expr": "a[5000ms]", "for": "60000ms"}]})

    def test_what_was_short_before_stays(self):
        self.assertEqual(CompressedTime(0.2, "500ms").node({"scrape_interval": "500ms"}), {"scrape_interval": "500ms"})


class Private(RepositoryTest):
    def test_a_secret_is_for_its_owner_and_replaced_whole(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "secret"
            settings.write_private(path, "first")
            settings.write_private(path, b"second")
            self.assertEqual((path.read_text(), path.stat().st_mode & 0o777), ("second", 0o600))
            self.assertEqual(os.listdir(directory), ["secret"])


class Proxy(RepositoryTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.tls = Path(directory.name) / "tls"

    def test_its_configuration_has_this_machines_addresses_only(self):
        ports = ports_with()
        text = rendered(proxy.SOURCE, (ROOT / proxy.SOURCE).read_text(), proxy.replacements(settings.Layout(Path("/stack")), ports))
        self.assertIn(f"listen 127.0.0.1:{ports['https']} ssl", text)
        for other in ("0.0.0.0", "vigie-1", "/etc/", "/tmp/"):
            self.assertNotIn(other, text)

    def test_what_is_replaced_must_be_there(self):
        with self.assertRaisesRegex(StartError, "a.conf has no `0.0.0.0:8443`"):
            rendered("a.conf", "listen 8443;", {"0.0.0.0:8443": "127.0.0.1:1"})

    def test_a_certificate_is_made_once_and_again_before_its_end(self):
        self.assertTrue(proxy.renew_certificate(self.tls))
        self.assertEqual((self.tls / "proxy.key").stat().st_mode & 0o777, 0o600)
        self.assertFalse(proxy.renew_certificate(self.tls))
        proxy.make_certificate(self.tls, days=3)
        self.assertTrue(proxy.renew_certificate(self.tls))
        self.assertEqual(sorted(os.listdir(self.tls)), ["proxy.crt", "proxy.key"])


class DataSource(RepositoryTest):
    def test_tls_is_off_where_nothing_is_said_of_it(self):
        for source, read in [("postgresql://a@b/c", "postgresql://a@b/c?sslmode=disable"),
                             ("postgresql://a@/c?host=/s", "postgresql://a@/c?host=/s&sslmode=disable"),
                             ("postgresql://a@b/c?sslmode=require", "postgresql://a@b/c?sslmode=require"),
                             ("host=a dbname=c", "host=a dbname=c sslmode=disable")]:
            self.assertEqual(without_tls(source), read)


class DemoData(RepositoryTest):
    """The figures are the documented ones (scripts/demo_data.py): at least 20 accounts, 5,000 events over two years."""

    def test_is_the_same_in_every_process(self):
        argv = ["/usr/bin/python3", str(ROOT / "scripts/demo_data.py"), "--print"]
        first, second = (subprocess.run(argv, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
                         for seed in ("1", "2"))
        self.assertEqual(first, second)
        self.assertEqual(first.count(b"\n"), 5_000)

    def test_is_spread(self):
        events = demo_data.plan()
        self.assertEqual(len({event.key for event in events}), 5_000)
        self.assertGreaterEqual(len(demo_data.people()), 20)
        self.assertEqual({person.role for person in demo_data.people()}, {"administrator", "organiser", "user"})
        starts = sorted(datetime.fromisoformat(event.content["starts_at"]) for event in events)
        self.assertAlmostEqual((starts[-1] - starts[0]).days, 730, delta=2)
        for values, least in [
            ({event.owner for event in events}, 18),
            ({event.content["category"] for event in events}, 12),
            ({tag for event in events for tag in event.content["tags"]}, 30),
            ({event.content["time_zone"] for event in events}, 8),
        ]:
            self.assertGreaterEqual(len(values), least)


if __name__ == "__main__":
    main()
