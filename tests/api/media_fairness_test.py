#!/usr/bin/python3
"""Previews are for all: who asks for many does not delay who asks for one."""

import io
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from client import Client  # noqa: E402
from media_case import MediaCase, picture  # noqa: E402

try:
    from PIL import Image
except ImportError:
    Image = None

PICTURES = 10
ACCOUNTS = 6
ROUNDS = 3
SIDE = 6_000
GREEDY, HONEST = "127.0.0.9", "127.0.0.10"


def large_png(side):
    """Much decoding in a few kilobytes."""
    out = io.BytesIO()
    Image.new("L", (side, side), 90).save(out, "PNG", compress_level=1)
    return out.getvalue()


@unittest.skipUnless(Image, "SKIPPED: python3-pil is not installed")
class Fairness(MediaCase):
    settings = MediaCase.settings | {"VIGIE_JOBS_HIGH_CONCURRENCY": "2"}

    def sent(self, client, content):
        made = self.create(client, content)
        answer = client.request("PUT", f"/api/v1/media/{made['id']}/content", content)
        self.assertEqual(answer.status, 202, answer)
        return made["id"]

    def until_processed(self, client, ids, limit=240):
        """Seconds until none of them waits any more."""
        begin = time.monotonic()
        waiting = list(ids)
        while waiting:
            self.assertLess(time.monotonic() - begin, limit, "they are not processed")
            waiting = [each for each in waiting if client.get(f"/api/v1/media/{each}").json["state"] == "processing"]
            time.sleep(0.02)
        return time.monotonic() - begin

    def test_one_account_with_many_pictures_does_not_delay_another_with_one(self):
        many, one = self.at(GREEDY), self.at(HONEST)
        alone = min(self.until_processed(one, [self.sent(one, picture(f"alone {number}"))]) for number in range(3))
        large = large_png(3_000)
        begin = time.monotonic()
        theirs = [self.sent(many, large) for _ in range(PICTURES)]
        among = [self.until_processed(one, [self.sent(one, picture(f"among {number}"))]) for number in range(3)]
        waiting = [each for each in theirs if many.get(f"/api/v1/media/{each}").json["state"] == "processing"]
        self.until_processed(many, theirs)
        all_of_them = time.monotonic() - begin
        print(f"one alone {alone:.2f} s, among {PICTURES} large ones {max(among):.2f} s; those took {all_of_them:.2f} s",
              file=sys.stderr)
        # In the order of arrival it would have waited for all that came before, about as long as all of them take.
        self.assertGreater(len(waiting), PICTURES // 3, "the others were done too soon to tell")
        self.assertLess(max(among), all_of_them / 3)
        self.assertEqual({many.get(f"/api/v1/media/{each}").json["state"] for each in theirs}, {"ready"})

    def test_six_accounts_of_one_address_delay_another_address_no_more_than_one(self):
        greedy, honest = [self.at(GREEDY) for _ in range(ACCOUNTS)], self.at(HONEST)
        quiet, among, waiting = [], [], []
        for number in range(ROUNDS):
            quiet.append(self.until_processed(honest, [self.sent(honest, picture(f"quiet {number}"))]))
            # Other bytes behind each, so that none is there already.
            theirs = [self.sent(client, large_png(SIDE) + bytes([number, which])) for which, client in enumerate(greedy)]
            among.append(self.until_processed(honest, [self.sent(honest, picture(f"busy {number}"))]))
            states = [client.get(f"/api/v1/media/{each}").json["state"] for client, each in zip(greedy, theirs)]
            waiting.append(states.count("processing"))
            for client, each in zip(greedy, theirs):
                self.until_processed(client, [each])
        print(f"alone {min(quiet):.2f} s, among {ACCOUNTS} accounts of one address {min(among):.2f} s", file=sys.stderr)
        self.assertLess(min(among), 3 * min(quiet))
        self.assertGreater(min(waiting), ACCOUNTS // 3, "the others were done too soon to tell")

    def at(self, address):
        """A client from there, with an account of its own."""
        client = Client(self.vigie.port, self.signed_in("organiser").token, address=address)
        self.addCleanup(client.close)
        return client

    def test_too_many_pixels_are_refused_by_the_header(self):
        client = self.signed_in("organiser")
        image = self.sent(client, large_png(10_001))
        self.until_processed(client, [image])
        self.assertEqual(client.get(f"/api/v1/media/{image}").json["state"], "failed")


if __name__ == "__main__":
    unittest.main()
