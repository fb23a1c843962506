"""What tests of media share: contents, uploads in parts, downloads."""

import base64
import hashlib
import random
import struct
import zlib

from api_case import ApiCase

MIB = 1024 * 1024

#: How contents of each type begin; what follows does not matter to whoever tells types.
HEADS = {
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0",
    "image/gif": b"GIF89a\x01\0\x01\0\x80\0\0",
    "audio/ogg": b"OggS\0\x02" + b"\0" * 20 + b"\x01\x1e\x01vorbis",
    "audio/flac": b"fLaC\0\0\0\x22",
    "audio/wav": b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data",
    "video/mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
}


def content_of(size, kind="image/png", seed=1):
    """Bytes that are of that type to whoever looks at their beginning, another content for each seed."""
    head = HEADS[kind]
    return head + random.Random(f"{kind} {size} {seed}").randbytes(size - len(head))


def picture(seed, side=24):
    """A PNG that can be decoded, another one for each seed."""
    pixels = random.Random(f"picture {seed}").randbytes(side * side * 3)
    rows = b"".join(b"\0" + pixels[row * side * 3:(row + 1) * side * 3] for row in range(side))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def digest(content):
    """As Content-Digest (RFC 9530)."""
    return "sha-256=:" + base64.b64encode(hashlib.sha256(content).digest()).decode() + ":"


class MediaCase(ApiCase):
    """Parts may be as small as 1 KiB, so that tests have many of them."""

    settings = {"VIGIE_MEDIA_PART_BYTES_MIN": "1024"}

    def create(self, client, content, kind="image/png", name="Kai.png", **more):
        body = {"file_name": name, "type": kind, "bytes": len(content)} | more
        answer = client.post("/api/v1/media", body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def slice_of(self, content, part):
        return content[part["offset"]:part["offset"] + part["bytes"]]

    def put_part(self, client, part, content, **headers):
        return client.request("PUT", part["url"], self.slice_of(content, part),
                              {name.replace("_", "-"): value for name, value in headers.items()})

    def upload(self, client, content, kind="image/png", **more):
        """A media of that content, complete; its document."""
        made = self.create(client, content, kind, **more)
        for part in made["parts"]:
            answer = self.put_part(client, part, content)
            self.assertEqual(answer.status, 200, answer)
        answer = client.post(made["complete_url"])
        self.assertEqual(answer.status, 202, answer)
        return answer.json

    def download(self, client, media, **headers):
        return client.get(f"/api/v1/media/{media['id']}/content", **headers)

    def stored_objects(self, prefix="blobs"):
        """The files of that kind in the store's directory."""
        objects = self.directory / "blobs" / "objects" / prefix
        return sorted(path for path in objects.rglob("*") if path.is_file())
