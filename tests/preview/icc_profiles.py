"""Colour profiles (ICC.1:2001-04) of matrix and curve, made from primaries: each is another device than sRGB."""

import struct


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _description(text: str) -> bytes:
    body = text.encode() + b"\0"
    made = b"desc\0\0\0\0" + struct.pack(">I", len(body)) + body + bytes(8) + bytes(3 + 67)
    return made + bytes(-len(made) % 4)


def _profile(space: bytes, tags: dict[bytes, bytes], device: bytes = b"mntr") -> bytes:
    tags = {b"desc": _description("test"), b"cprt": b"text\0\0\0\0none\0\0\0\0",
            b"wtpt": _xyz((0.9642, 1.0, 0.8249)), **tags}
    table, bodies = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        table += name + struct.pack(">II", start + len(bodies), len(body))
        bodies += body
    size = start + len(bodies)
    head = struct.pack(">I", size) + b"lcms" + bytes.fromhex("02400000") + device + space + b"XYZ "
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + bytes.fromhex("0000f6d6000100000000d32d")
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + bodies


# Columns of sRGB's matrix, adapted to D50 (IEC 61966-2-1).
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)


def rgb(gamma: float = 1.8, red: tuple[float, float, float] = RED, blue: tuple[float, float, float] = BLUE) -> bytes:
    """Swapped `red` and `blue` are a device whose first channel is blue."""
    curve = _curve(gamma)
    return _profile(b"RGB ", {b"rXYZ": _xyz(red), b"gXYZ": _xyz(GREEN), b"bXYZ": _xyz(blue),
                              b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def gray(gamma: float = 1.0) -> bytes:
    return _profile(b"GRAY", {b"kTRC": _curve(gamma)})


def without_curves() -> bytes:
    """Says that it is of RGB, and has nothing to say how."""
    return _profile(b"RGB ", {})
