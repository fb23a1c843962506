#!/usr/bin/python3
"""W3C Trace Context over a real socket. The cases are those of the public test suite (w3c/trace-context, test/), asked of
the exported spans: what the suite sees in a call-back, the receiver of telemetry sees here."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from client import RawConnection  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402

TRACE, PARENT = "12345678901234567890123456789012", "1234567890123456"
VALID = f"00-{TRACE}-{PARENT}-01"
RANDOM, IS_REMOTE = 0x02, 0x200


def members(span):
    """The tracestate of a span as pairs, without our own."""
    pairs = [member.split("=", 1) for member in span["trace_state"].split(",") if member]
    return [tuple(pair) for pair in pairs if pair[0] != "ot"]


class TraceContext(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "20",
                        "OTEL_TRACES_SAMPLER": "always_on"}
        super().setUpClass()
        cls.connection = RawConnection(cls.vigie.port)
        cls.addClassCleanup(cls.connection.close)

    def span_of(self, *headers):
        """The root span of a request with these header lines, exactly as they are."""
        lines = "".join(f"{header}\r\n" for header in headers)
        self.connection.send(f"GET /livez HTTP/1.1\r\nHost: api.example\r\n{lines}\r\n")
        answer = self.connection.read_answer()
        self.assertEqual(answer.status, 200, headers)
        version, trace_id, span_id, flags = answer.headers["traceparent"].split("-")
        self.assertEqual((version, len(flags)), ("00", 2))

        def found():
            return [span for span in self.receiver.of_trace(trace_id) if span["span_id"] == span_id]
        self.vigie.wait_until(found, "a span")
        return found()[0]

    def assert_joined(self, *headers):
        span = self.span_of(*headers)
        self.assertEqual((span["trace_id"], span["parent_span_id"]), (TRACE, PARENT), headers)
        self.assertNotEqual(span["span_id"], PARENT)
        self.assertTrue(span["flags"] & IS_REMOTE)
        return span

    def assert_new(self, *headers):
        span = self.span_of(*headers)
        self.assertNotIn(span["trace_id"], (TRACE, "0" * 32), headers)
        self.assertEqual(span["parent_span_id"], "", headers)
        self.assertFalse(span["flags"] & IS_REMOTE)
        return span

    def assert_state(self, expected, *headers):
        self.assertEqual(members(self.assert_joined(f"traceparent: {VALID}", *headers)), expected, headers)

    def test_without_headers_a_trace_begins(self):
        spans = [self.assert_new() for _ in range(3)]
        self.assertEqual(len({span["trace_id"] for span in spans}), 3)

    def test_a_valid_parent_is_joined_by_a_span_of_ones_own_each_time(self):
        spans = [self.assert_joined(f"traceparent: {VALID}") for _ in range(3)]
        self.assertEqual(len({span["span_id"] for span in spans}), 3)

    def test_two_parents_are_none(self):
        self.assert_new(f"traceparent: {VALID}", f"traceparent: 00-{TRACE[:-1]}1-{PARENT}-01")
        self.assert_new(f"traceparent: {VALID}", f"traceparent: {VALID}")

    def test_the_name_is_exact_but_for_its_case(self):
        for name in ("trace-parent", "trace.parent"):
            self.assert_new(f"{name}: {VALID}")
        for name in ("TraceParent", "TrAcEpArEnT", "TRACEPARENT"):
            self.assert_joined(f"{name}: {VALID}")

    def test_blanks_around_the_value_are_none_of_it(self):
        for value in (f" {VALID}", f"\t{VALID}", f"{VALID} ", f"{VALID}\t", f"\t {VALID} \t"):
            self.assert_joined(f"traceparent:{value}")

    def test_version_0_has_nothing_after_the_flags(self):
        for tail in (".", "-what-the-future-will-be-like"):
            self.assert_new(f"traceparent: {VALID}{tail}")

    def test_a_later_version_may(self):
        self.assert_joined(f"traceparent: cc-{TRACE}-{PARENT}-01")
        self.assert_joined(f"traceparent: cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like")
        self.assert_new(f"traceparent: cc-{TRACE}-{PARENT}-01.what-the-future-will-be-like")

    def test_a_malformed_parent_begins_a_trace(self):
        for value in (f"ff-{TRACE}-{PARENT}-01", f".0-{TRACE}-{PARENT}-01", f"0.-{TRACE}-{PARENT}-01",
                      f"000-{TRACE}-{PARENT}-01", f"0000-{TRACE}-{PARENT}-01", f"0-{TRACE}-{PARENT}-01",
                      f"00-{'0' * 32}-{PARENT}-01", f"00-.{TRACE[1:]}-{PARENT}-01", f"00-{TRACE[:-1]}.-{PARENT}-01",
                      f"00-{TRACE}3-{PARENT}-01", f"00-{TRACE[:-1]}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01",
                      f"00-{TRACE}-.{PARENT[1:]}-01", f"00-{TRACE}-{PARENT[:-1]}.-01", f"00-{TRACE}-{PARENT}7-01",
                      f"00-{TRACE}-{PARENT[:-1]}-01", f"00-{TRACE}-{PARENT}-.0", f"00-{TRACE}-{PARENT}-0.",
                      f"00-{TRACE}-{PARENT}-001", f"00-{TRACE}-{PARENT}-1"):
            self.assert_new(f"traceparent: {value}")

    def test_the_random_flag_is_passed_on(self):
        self.assertTrue(self.assert_joined(f"traceparent: 00-{TRACE}-{PARENT}-02")["flags"] & RANDOM)
        self.assertFalse(self.assert_joined(f"traceparent: 00-{TRACE}-{PARENT}-01")["flags"] & RANDOM)
        self.assertTrue(self.assert_new()["flags"] & RANDOM)

    def test_a_state_without_parent_is_dropped(self):
        self.assertEqual(members(self.assert_new("tracestate: foo=1,bar=2")), [])
        self.assertEqual(members(self.assert_new("traceparent: 00-0", "tracestate: foo=1")), [])

    def test_a_state_is_passed_on_in_order(self):
        self.assert_state([("foo", "1"), ("bar", "2")], "tracestate: foo=1,bar=2")
        self.assert_state([], "tracestate: ")
        for name in ("trace-state", "trace.state"):
            self.assert_state([], f"{name}: foo=1")
        for name in ("TraceState", "TrAcEsTaTe", "TRACESTATE"):
            self.assert_state([("foo", "1")], f"{name}: foo=1")

    def test_several_states_are_one(self):
        self.assert_state([("foo", "1"), ("bar", "2"), ("rojo", "1"), ("congo", "2"), ("baz", "3")],
                          "tracestate: foo=1,bar=2", "tracestate: rojo=1,congo=2", "tracestate: baz=3")
        self.assert_state([("foo", "1")], "tracestate: foo=1", "tracestate: ")
        self.assert_state([("foo", "1")], "tracestate: ", "tracestate: foo=1")

    def test_a_key_that_stands_twice_does_not_cost_the_state(self):
        for headers in (("foo=1,foo=1",), ("foo=1,foo=2",), ("foo=1", "foo=1"), ("foo=1", "foo=2")):
            span = self.assert_joined(f"traceparent: {VALID}", *(f"tracestate: {header}" for header in headers))
            self.assertIn(("foo", "1"), members(span), headers)

    def test_every_allowed_character_is_taken(self):
        key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
        value = "".join(chr(c) for c in range(0x20, 0x7f) if chr(c) not in ",=")
        for name in (key, key + "@a-z0-9_-*/"):
            self.assert_state([(name, value)], f"tracestate: {name}={value}")

    def test_blanks_around_members_are_none_of_them(self):
        three = [("foo", "1"), ("bar", "2"), ("baz", "3")]
        self.assert_state(three, "tracestate: foo=1 \t , \t bar=2, \t baz=3")
        self.assert_state(three, "tracestate: foo=1\t \t,\t \tbar=2,\t \tbaz=3")
        for value in (" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"):
            self.assert_state([("foo", "1")], f"tracestate:{value}")

    def test_a_malformed_state_is_dropped_and_the_parent_kept(self):
        for value in ("foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "foo=bar=baz", "foo=,bar=3", f"{'z' * 257}=1"):
            self.assert_state([], f"tracestate: {value}")

    def test_keys_may_hold_at_signs(self):
        for key in ("foo@", "foo@@bar", "foo@bar@baz", "t" * 241 + "@" + "v" * 14, "t" * 242 + "@v", "t@" + "v" * 15, "z" * 256):
            self.assert_state([(key, "1"), ("bar", "2")], f"tracestate: {key}=1,bar=2")

    def test_a_state_has_at_most_32_members(self):
        # Ours takes one place, so that of 32 the last one goes (3.3.1.1).
        full = [(f"bar{n:02}", f"{n:02}") for n in range(1, 33)]
        lines = [",".join(f"{key}={value}" for key, value in full[begin:begin + 10]) for begin in range(0, 32, 10)]
        self.assert_state(full[:31], *(f"tracestate: {line}" for line in lines))
        self.assert_state([], *(f"tracestate: {line}" for line in lines), "tracestate: bar33=33")


if __name__ == "__main__":
    unittest.main(verbosity=1)
