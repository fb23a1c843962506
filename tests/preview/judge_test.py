#!/usr/bin/python3
"""Previews are judged by a decoder that has no part in making them: Pillow decodes each one, and its own rendering of the
original says what it should show. Bands, size, orientation, and colour in flat areas (CIE 1976, dE 10 at worst, 4 on
average)."""

import io
import os
import subprocess
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

import corpus

PROGRAM = os.environ.get("PREVIEW_PROGRAM", "build/dev/server/vigie-preview")
SIZES = {"small": 256, "medium": 1024, "large": 2048}
AVERAGE_MAX, WORST_MAX = 4.0, 10.0
ALPHA_MAX = 4
REFUSED = 65


def previews_of(data: bytes, is_piped: bool) -> tuple[int, dict[str, bytes]]:
    """A content lies in a file, or arrives through a pipe from a store that is elsewhere."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        given = {"input": data} if is_piped else {"stdin": file}
        command = [PROGRAM, str(512 << 20), "20"]
        run = subprocess.run(command, **given, capture_output=True, timeout=60, check=False)
    frames, rest = {}, run.stdout
    while rest:
        head, rest = rest.split(b"\n", 1)
        name, size = head.decode().split()
        frames[name], rest = rest[: int(size)], rest[int(size) :]
    return run.returncode, frames


def expected_size(original: tuple[int, int], longest: int) -> tuple[int, int]:
    factor = max(1.0, max(original) / longest)
    return tuple(max(1, round(side / factor)) for side in original)


def centres(image: Image.Image) -> list[tuple[int, ...]]:
    """The mean colour in the middle of each of six flat areas."""
    wide, high = (3, 2) if image.width >= image.height else (2, 3)
    means = []
    for row in range(high):
        for column in range(wide):
            left, top = image.width * (4 * column + 1) // (4 * wide), image.height * (4 * row + 1) // (4 * high)
            right, low = image.width * (4 * column + 3) // (4 * wide), image.height * (4 * row + 3) // (4 * high)
            area = image.crop((left, top, max(right, left + 1), max(low, top + 1)))
            means.append(area.resize((1, 1), Image.BOX).getpixel((0, 0)))
    return means


def in_lab(colour: tuple[int, ...]) -> tuple[float, float, float]:
    """IEC 61966-2-1, then CIE 15, of the white D65."""
    linear = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour]
    rows = ((0.4124, 0.3576, 0.1805, 0.9505), (0.2126, 0.7152, 0.0722, 1.0), (0.0193, 0.1192, 0.9505, 1.089))
    x, y, z = (sum(a * b for a, b in zip(row, linear, strict=False)) / row[3] for row in rows)
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def difference(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return sum((a - b) ** 2 for a, b in zip(in_lab(one), in_lab(other), strict=True)) ** 0.5


def on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def is_gray(image: Image.Image) -> bool:
    return all(max(colour[:3]) - min(colour[:3]) == 0 for colour in centres(image))


def faults_of_colour(expected: Image.Image, got: Image.Image) -> list[str]:
    pairs = list(zip(centres(on_white(expected)), centres(on_white(got)), strict=True))
    differences = [difference(*pair) for pair in pairs]
    average = sum(differences) / len(differences)
    if max(differences) <= WORST_MAX and average <= AVERAGE_MAX:
        return []
    return [f"dE {average:.1f} on average, {max(differences):.1f} at worst: {pairs}"]


def faults_of_preview(name: str, expected: Image.Image, data: bytes) -> list[str]:
    got = Image.open(io.BytesIO(data))
    got.load()
    faults = []
    size = expected_size(expected.size, SIZES[name.split(".")[0]])
    if got.size != size:
        return [f"{got.size}, should be {size}"]
    wanted = ("RGBA",) if expected.mode == "RGBA" and name.endswith("webp") else ("RGB",)
    if name.endswith("jpeg") and is_gray(expected):
        wanted += ("L",)
    if got.mode not in wanted:
        faults.append(f"its bands are {got.mode}, should be {wanted[0]}")
    if expected.mode == got.mode == "RGBA":
        alphas = zip(centres(expected.getchannel("A")), centres(got.getchannel("A")), strict=True)
        faults += [f"alpha {alpha}, should be {right}" for right, alpha in alphas if abs(right - alpha) > ALPHA_MAX]
    return faults + faults_of_colour(expected, got)


def faults_of(case: corpus.Case) -> list[str]:
    # Either for about half of them, always the same one.
    code, frames = previews_of(case.data, is_piped=zlib.crc32(case.data) % 2 == 0)
    if case.expected is None:
        return [] if code == REFUSED else [f"{case.name}: exit code {code} of what is cut"]
    if code != 0:
        return [f"{case.name}: no previews, exit code {code}"]
    faults = []
    for size in SIZES:
        for suffix in ("webp", "jpeg"):
            name = f"{size}.{suffix}"
            faults += [f"{case.name}: {name}: {fault}" for fault in faults_of_preview(name, case.expected, frames[name])]
    return faults[:2]


class Judge(unittest.TestCase):
    def judge(self, cases: list[corpus.Case]) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            faults = [fault for found in pool.map(faults_of, cases) for fault in found]
        self.assertEqual(faults, [], "\n" + "\n".join(faults))


def _test_of(family: object) -> object:
    return lambda self: self.judge(list(family()))


for _family in corpus.FAMILIES:
    setattr(Judge, f"test_{_family.__name__}", _test_of(_family))


class TheJudge(unittest.TestCase):
    """It catches what it is there for."""

    def test_sees_a_turn_a_tint_a_lost_band_and_a_wrong_size(self) -> None:
        right = corpus.patches()

        def faults(image: Image.Image) -> str:
            return str(faults_of_preview("large.jpeg", right, corpus.saved(image, "JPEG")))

        self.assertEqual(faults(right), "[]")
        self.assertIn("dE", faults(right.transpose(Image.ROTATE_180)))
        self.assertIn("dE", faults(right.point(lambda value: value * 0.8)))
        self.assertIn("bands", faults(right.convert("L")))
        self.assertIn("should be (96, 64)", faults(right.resize((48, 32))))


if __name__ == "__main__":
    unittest.main()
