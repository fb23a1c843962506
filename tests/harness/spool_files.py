"""What lies in a segment file of the spool (telemetry/pipeline/spool_format.hpp)."""

import gzip
import struct

HEADER_BYTES = 24
FRAME_HEADER_BYTES = 16


def requests_in(segment):
    """The requests of a whole segment of version 2."""
    assert segment[:8] == b"VGSP" + struct.pack("<I", 2), segment[:8]
    requests, at = [], HEADER_BYTES
    while at < len(segment):
        (length,) = struct.unpack_from("<I", segment, at)
        at += FRAME_HEADER_BYTES + length
        requests.append(gzip.decompress(segment[at - length:at]))
    return requests
