"""Adds transformations to an AVIF (ISO/IEC 23008-12): rotation, mirror and crop, before or behind the descriptions."""

import struct
from collections.abc import Iterator

# rotation in quarter turns against the clock; mirror about the axis 0 (upside down) or 1 (left to right)
ROTATION, MIRROR = b"irot", b"imir"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def crop(width: int, height: int, right: int, down: int) -> bytes:
    """The middle is moved by so many halves of a pixel."""
    return box(b"clap", struct.pack(">8i", width, 1, height, 1, right, 2, down, 2))


def rotation(quarters: int) -> bytes:
    return box(ROTATION, bytes([quarters]))


def mirror(axis: int) -> bytes:
    return box(MIRROR, bytes([axis]))


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start < end:
        size, kind = struct.unpack(">I4s", data[start : start + 8])
        yield kind, start, start + (size or end - start)
        start += size or end - start


def _find(data: bytes, kind: bytes, start: int, end: int) -> tuple[int, int]:
    return next((begin, stop) for found, begin, stop in _boxes(data, start, end) if found == kind)


def _moved_extents(iloc: bytes, by: int) -> bytes:
    """Of version 0 with offsets and lengths of four bytes, as libheif writes."""
    assert iloc[8] == 0 and iloc[12] == 0x44
    base = 4 if iloc[13] >> 4 else 0
    moved, (count,) = bytearray(iloc), struct.unpack(">H", iloc[14:16])
    place = 16
    for _ in range(count):
        place += 4 + base
        (extents,) = struct.unpack(">H", iloc[place : place + 2])
        place += 2
        for _ in range(extents):
            (offset,) = struct.unpack(">I", moved[place : place + 4])
            moved[place : place + 4] = struct.pack(">I", offset + by)
            place += 8
    return bytes(moved)


def transformed(avif: bytes, transformations: list[bytes], are_first: bool) -> bytes:
    """Of an AVIF of one picture: its first item gets these properties."""
    meta = _find(avif, b"meta", 0, len(avif))
    iprp = _find(avif, b"iprp", meta[0] + 12, meta[1])
    ipco = _find(avif, b"ipco", iprp[0] + 8, iprp[1])
    ipma = _find(avif, b"ipma", iprp[0] + 8, iprp[1])
    iloc = _find(avif, b"iloc", meta[0] + 12, meta[1])
    known = len(list(_boxes(avif, ipco[0] + 8, ipco[1])))
    table = avif[ipma[0] + 8 : ipma[1]]
    item, count = table[8:10], table[10]
    new = bytes(0x80 | known + 1 + i for i in range(len(transformations)))
    old = table[11 : 11 + count]
    order = new + old if are_first else old + new
    properties = box(b"ipco", avif[ipco[0] + 8 : ipco[1]] + b"".join(transformations))
    associations = box(b"ipma", table[:8] + item + bytes([len(order)]) + order + table[11 + count :])
    new_iprp = box(b"iprp", properties + associations)
    grown = len(new_iprp) - (iprp[1] - iprp[0])
    body = avif[meta[0] + 8 : iloc[0]] + _moved_extents(avif[iloc[0] : iloc[1]], grown)
    body += avif[iloc[1] : iprp[0]] + new_iprp + avif[iprp[1] : meta[1]]
    return avif[: meta[0]] + box(b"meta", body) + avif[meta[1] :]
