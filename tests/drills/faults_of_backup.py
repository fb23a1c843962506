"""Backups that are old, small, or were never tried: told by their rows, as the service tells them."""

from collections.abc import Iterator
from contextlib import contextmanager

from scene import Scene, wait_for


def add_backup(scene: Scene, age_s: int, size: int = 1_000_000, verified: str = "NULL") -> None:
    scene.psql("INSERT INTO backups (id, key, taken_at, stored_at, bytes, hash, row_counts, verified_at) "
               f"SELECT id, 'backups/drilled-' || id, now() - interval '{age_s} seconds', now(), {size}, "
               f"decode(repeat('00', 32), 'hex'), ARRAY[]::text[], {verified} FROM (SELECT gen_random_uuid() AS id) AS one")


def add_backup_for_days(scene: Scene) -> None:
    """For scenes in which a day passes in minutes, and no backup is made meanwhile."""
    add_backup(scene, age_s=-3_600, verified="now() + interval '1 hour'")


@contextmanager
def only_backup(scene: Scene, age_s: int, **more) -> Iterator[None]:
    """The others are set aside meanwhile."""
    scene.psql("CREATE TABLE backups_aside AS SELECT * FROM backups; DELETE FROM backups")
    add_backup(scene, age_s, **more)
    try:
        yield
    finally:
        scene.psql("DELETE FROM backups; INSERT INTO backups SELECT * FROM backups_aside; DROP TABLE backups_aside")
        add_backup(scene, age_s=0, verified="now()")


def newest_is_old(age_s: int):
    return lambda scene: only_backup(scene, age_s, verified="now()")


def last_proof_is_old(age_s: int):
    return lambda scene: only_backup(scene, 0, verified=f"now() - interval '{age_s} seconds'")


@contextmanager
def newest_is_small(scene: Scene) -> Iterator[None]:
    """After large ones were the newest for long enough that their size is the median."""
    with only_backup(scene, age_s=0, size=50_000_000, verified="now()"):
        wait_for("the size is known", 60, lambda: len(scene.stack.query(
            'min_over_time(vigie_backup_bytes{job="vigie"}[20s]) > 40000000 and vigie_backup_bytes offset 25s > 40000000')) > 0)
        add_backup(scene, age_s=0, size=1_000, verified="now()")
        yield
