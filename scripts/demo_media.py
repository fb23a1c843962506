"""Media of the demo data: photographs, sound and a document that Debian packages install, attached to events.

mate-backgrounds has the photographs, sound-theme-freedesktop and sound-icons the sound, developers-reference the document; of
those for tests, golang-golang-x-image-dev has one in WebP and golang-github-hjfreyer-taglib-go-dev music in MP3.
A file that is not there is left out: the demo data needs none of them.
"""

import base64
import hashlib
import itertools
from pathlib import Path

PART_BYTES = 5 * 1024 * 1024

FILES = (
    ("/usr/share/backgrounds/mate/nature/Dune.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/nature/Blinds.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/nature/Garden.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/nature/GreenMeadow.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/nature/LadyBird.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/nature/RainDrops.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/abstract/Elephants_3840x2160.jpg", "image/jpeg"),
    ("/usr/share/backgrounds/mate/desktop/Stripes.png", "image/png"),
    ("/usr/share/gocode/src/golang.org/x/image/testdata/yellow_rose.lossless.webp", "image/webp"),
    ("/usr/share/sounds/freedesktop/stereo/complete.oga", "audio/ogg"),
    ("/usr/share/gocode/src/github.com/hjfreyer/taglib-go/taglib/testdata/BeatThee.mp3", "audio/mpeg"),
    ("/usr/share/sounds/sound-icons/trumpet-12.wav", "audio/wav"),
    ("/usr/share/developers-reference/developers-reference.pdf", "application/pdf"),
)


def digest(content: bytes) -> str:
    return "sha-256=:" + base64.b64encode(hashlib.sha256(content).digest()).decode() + ":"


def upload(client, token: str, event_id: str, path: Path, kind: str) -> None:
    """In parts, as a client of large files does it; a second run of the same is answered from its key."""
    content = path.read_bytes()
    wanted = {"file_name": path.name, "type": kind, "bytes": len(content), "event_id": event_id,
              "sha256": hashlib.sha256(content).hexdigest(), "part_bytes": PART_BYTES}
    made = client.expect((201,), "POST", "/api/v1/media", wanted, token=token, key=f"media {event_id} {path.name}")
    for part in made["parts"]:
        piece = content[part["offset"]:part["offset"] + part["bytes"]]
        client.send("PUT", part["url"], piece, token, digest(piece))
    client.expect((202,), "POST", made["complete_url"], token=token)


def attach(client, token: str, events: list[dict]) -> int:
    """Gives each of the files that are there to one of the events, and says how many it gave."""
    there = [(Path(name), kind) for name, kind in FILES if Path(name).is_file()]
    count = 0
    for (path, kind), event in zip(there, itertools.cycle(events)):
        page = client.expect((200,), "GET", f"/api/v1/media?event_id={event['id']}", token=token)
        if path.name in [media["file_name"] for media in page["items"]]:
            continue
        upload(client, token, event["id"], path, kind)
        count += 1
    return count
