"""The store of contents that is away, and what is left lying in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from scene import Scene


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
