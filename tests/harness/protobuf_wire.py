"""Protobuf's wire format, as far as OTLP uses it."""


def varint(data, position):
    """The number at `position`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


def fields(data):
    """(number, value) of each field of a message; lengths as bytes, numbers as integers."""
    position = 0
    while position < len(data):
        tag, position = varint(data, position)
        kind = tag & 7
        if kind == 0:
            value, position = varint(data, position)
            yield tag >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            assert kind == 2, f"wire type {kind}"
            size, position = varint(data, position)
        value = data[position:position + size]
        yield tag >> 3, value if kind == 2 else int.from_bytes(value, "little")
        position += size


def submessages(data, number):
    return [value for key, value in fields(data) if key == number]
