"""Tile archives beside the workspace: one of several processes makes them, a failed one leaves nothing, old ones go."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from greenrule.core.errors import EnvironmentFault
from greenrule.store.tiles import TileStore


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small archive."""
    import numpy as np
    import shapely

    from greenrule.spatial.frame import Frame
    from greenrule.spatial.tilewriting import write_tiles

    path = tmp_path_factory.mktemp("sound") / "a.pmtiles"
    write_tiles(Frame(np.array([shapely.box(112, 37, 112.01, 37.01)], dtype=object)), path, "a", [])
    return path.read_bytes()


def _slow(store: Path, told: Path, data: bytes) -> None:
    def write(path: Path) -> None:
        with told.open("a") as file:
            file.write("made\n")
        time.sleep(0.3)
        path.write_bytes(data)

    TileStore(store).make("a", "1", write)


def test_two_processes_at_once_make_it_once(tmp_path: Path, sound: bytes) -> None:
    context = multiprocessing.get_context("spawn")
    told = tmp_path / "told"
    both = [context.Process(target=_slow, args=(tmp_path / "tiles", told, sound)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert told.read_text() == "made\n"
    assert TileStore(tmp_path / "tiles").open("a", "1") is not None


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = TileStore(tmp_path / "tiles")

    def write(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(EnvironmentFault) as told:
        store.make("a", "1", write)
    assert told.value.faults[0].code == "TIL002"
    assert store.open("a", "1") is None
    assert [path.name for path in store.folder.iterdir()] == [".a.lock"]


def test_a_damaged_archive_is_made_again(tmp_path: Path, sound: bytes) -> None:
    store = TileStore(tmp_path / "tiles")
    store.make("a", "1", lambda path: path.write_bytes(sound) and None)
    store.path("a", "1").write_bytes(sound[:200])
    store.make("a", "1", lambda path: path.write_bytes(sound) and None)
    assert store.open("a", "1") is not None


def test_old_archives_and_what_was_killed_go(tmp_path: Path, sound: bytes) -> None:
    store = TileStore(tmp_path / "tiles")
    for digest in ("now", "old", "recent"):
        store.make("a", digest, lambda path: path.write_bytes(sound) and None)
    left = store.folder / "making-killed"
    left.mkdir()
    month = time.time() - 30 * 86_400
    for path in (store.path("a", "old"), store.path("a", "now"), left):
        os.utime(path, (month, month))
    assert set(store.sweep([("a", "now")])) == {store.path("a", "old"), left}
    assert store.open("a", "now") is not None
    assert store.open("a", "recent") is not None
