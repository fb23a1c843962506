"""The store of contents that is away, and what is left lying in it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from scene import Client, Scene

from media_case import content_of

MEDIA = "/api/v1/media"


@contextmanager
def store_gone(scene: Scene) -> Iterator[None]:
    """As a volume that is not mounted: also whoever runs as root cannot write there."""
    directory = scene.directory / "blobs"
    away = directory.with_name("blobs-away")
    directory.rename(away)
    directory.touch()
    try:
        yield
    finally:
        directory.unlink()
        away.rename(directory)


def uploaded(scene: Scene, client: Client) -> str:
    """The id of a medium whose content is complete. By its beginning it is an image; to the decoder it is damaged."""
    content = content_of(2_000, seed=uuid.uuid4().hex)
    made = client.post(MEDIA, {"file_name": "drilled.png", "type": "image/png", "bytes": len(content)}).json
    answer = client.request("PUT", f"{MEDIA}/{made['id']}/content", content)
    assert answer.status == 202, answer
    return made["id"]


@contextmanager
def purge_overdue(scene: Scene) -> Iterator[None]:
    """Its job is still there, for in 30 days: as a clock that was set, or a job that somebody discarded."""
    with scene.signed_in("organiser") as owner:
        media = uploaded(scene, owner)
        answer = owner.delete(f"{MEDIA}/{media}")
        assert answer.status == 204, answer
    scene.psql(f"UPDATE media SET purge_at = now() - interval '5 minutes' WHERE id = '{media}'")
    try:
        yield
    finally:
        scene.psql(f"UPDATE media SET purge_at = now() + interval '30 days' WHERE id = '{media}'")


@contextmanager
def upload_expired(scene: Scene) -> Iterator[None]:
    """An upload that nobody finishes, and a cleaning that has passed by already."""
    with scene.signed_in("organiser") as owner:
        made = owner.post(MEDIA, {"file_name": "drilled.png", "type": "image/png", "bytes": 2_000}).json
    scene.psql(f"UPDATE media SET expires_at = now() - interval '1 minute' WHERE id = '{made['id']}'")
    try:
        yield
    finally:
        scene.psql(f"DELETE FROM media WHERE id = '{made['id']}'")


@contextmanager
def quota_nearly_used(scene: Scene) -> Iterator[None]:
    """Counted as used, of an account that has the total nearly to itself; nothing of it is stored."""
    with scene.signed_in("organiser") as owner:
        made = owner.post(MEDIA, {"file_name": "drilled.png", "type": "image/png", "bytes": 2_000}).json
    total = 1_099_511_627_776  # the default of VIGIE_MEDIA_QUOTA_TOTAL_BYTES
    account = f"(SELECT owner_id FROM media WHERE id = '{made['id']}')"
    scene.psql(f"UPDATE media_usage SET bytes = bytes + {total * 97 // 100} WHERE account_id = {account}")
    try:
        yield
    finally:
        scene.psql(f"UPDATE media_usage SET bytes = bytes - {total * 97 // 100} WHERE account_id = {account}")


@contextmanager
def damaged_images(scene: Scene) -> Iterator[None]:
    """More owners than have had a picture processed within the hour could outweigh. They count for an hour."""
    for _ in range(6):
        with scene.signed_in("organiser") as owner:
            for _ in range(5):
                uploaded(scene, owner)
    try:
        yield
    finally:
        scene.psql("UPDATE media SET completed_at = completed_at - interval '1 hour' WHERE state = 'failed'")
