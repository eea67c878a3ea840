"""Index files under hostile conditions: cut short, of another layer or format, damaged, built by two at once, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from greenrule.spatial.index.exact import ExactIndex
from greenrule.spatial.index.storing import FORMAT, index_path, open_index, store_index
from tests.spatial.test_overlay import coverage

LAYER = coverage(1, cells=6)
DIGEST = "ab" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store_index(ExactIndex.build(LAYER), tmp_path, DIGEST)
    return tmp_path


def opened(folder: Path, digest: str = DIGEST) -> ExactIndex | None:
    return open_index(folder, digest, lambda: shapely.get_parts(LAYER))


def test_what_was_stored_answers_as_what_was_built(folder):
    asked = np.random.default_rng(0).uniform((111.9, 36.9), (113.1, 38.1), (800, 2))
    built, mapped = ExactIndex.build(LAYER), opened(folder)
    for one, other in ((built.points(asked), mapped.points(asked)), (built.sites(LAYER), mapped.sites(LAYER))):
        assert (one.item == other.item).all()
        assert (one.row == other.row).all()
        assert (one.edge == other.edge).all()
    assert not any(array.flags.writeable for array in mapped.arrays.values())


def test_the_same_layer_gives_the_same_bytes(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    store_index(ExactIndex.build(LAYER.copy()), other, DIGEST)
    assert index_path(other, DIGEST).read_bytes() == index_path(folder, DIGEST).read_bytes()


@pytest.mark.parametrize("left", [0, 1, 15, 40, 100, 4095, 4096, 0.3, 0.7, 0.999999])
def test_a_file_cut_short_is_refused(folder, left):
    path = index_path(folder, DIGEST)
    data = path.read_bytes()
    path.write_bytes(data[: int(left * len(data)) if isinstance(left, float) else left])
    assert opened(folder) is None


def test_a_file_with_something_behind_it_is_refused(folder):
    path = index_path(folder, DIGEST)
    path.write_bytes(path.read_bytes() + bytes(4096))
    assert opened(folder) is None


def test_any_damaged_byte_is_noticed(folder):
    """One flipped bit, a page of zeros, two pages exchanged: wherever in the file."""
    path = index_path(folder, DIGEST)
    data = path.read_bytes()
    rng = np.random.default_rng(3)
    for place in [*range(0, 60, 7), *rng.integers(0, len(data), 60).tolist()]:
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << int(rng.integers(8)))]) + data[place + 1 :])
        assert opened(folder) is None
    pages = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    kinds = [at for at in range(1, len(pages)) if any(pages[at])]
    path.write_bytes(b"".join(bytes(4096) if at == kinds[-1] else page for at, page in enumerate(pages)))
    assert opened(folder) is None
    first, second = kinds[1], kinds[2]
    swapped = [*pages]
    swapped[first], swapped[second] = pages[second], pages[first]
    path.write_bytes(b"".join(swapped))
    assert opened(folder) is None
    path.write_bytes(data)
    assert opened(folder) is not None


def test_the_index_of_another_layer_version_is_refused(folder):
    other = "cd" * 32
    index_path(folder, DIGEST).rename(index_path(folder, other))
    assert opened(folder, other) is None


def test_the_index_of_another_format_is_refused_and_swept_away(folder, monkeypatch):
    old = index_path(folder, DIGEST)
    monkeypatch.setattr("greenrule.spatial.index.storing.FORMAT", FORMAT + 1)
    old.rename(index_path(folder, DIGEST))
    assert opened(folder) is None
    index_path(folder, DIGEST).rename(old)
    assert opened(folder) is None
    store_index(ExactIndex.build(LAYER), folder, DIGEST)
    assert opened(folder) is not None
    assert not old.exists()


def test_what_killed_builders_left_is_swept_away_when_it_is_old(folder):
    fresh, stale = folder / ".greenrule-1.tmp", folder / ".greenrule-2.tmp"
    for path in (fresh, stale):
        path.write_bytes(b"half")
    os.utime(stale, (time.time() - 7200,) * 2)
    store_index(ExactIndex.build(LAYER), folder, DIGEST)
    assert fresh.exists()
    assert not stale.exists()


PROGRAM = """
import sys, os, signal, numpy as np
from pathlib import Path
from tests.spatial.index.test_storing import LAYER, DIGEST
from greenrule.spatial.index.exact import ExactIndex
from greenrule.spatial.index.storing import store_index
{before}
for _ in range(int(sys.argv[2])):
    store_index(ExactIndex.build(LAYER), Path(sys.argv[1]), DIGEST)
"""
ROOT = Path(__file__).resolve().parents[3]


def running(folder: Path, times: int, before: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM.format(before=before), str(folder), str(times)], cwd=ROOT)


def test_a_builder_killed_before_the_rename_leaves_no_index_and_no_hindrance(tmp_path):
    killed = running(tmp_path, 1, "os.replace = lambda *rest: os.kill(os.getpid(), signal.SIGKILL)")
    assert killed.wait() == -signal.SIGKILL
    assert opened(tmp_path) is None
    assert [path.suffix for path in tmp_path.iterdir()] == [".tmp"]
    store_index(ExactIndex.build(LAYER), tmp_path, DIGEST)
    assert opened(tmp_path) is not None


def test_two_builders_at_once_and_a_reader(tmp_path):
    """At every moment there is no index or a sound one."""
    builders = [running(tmp_path, 40), running(tmp_path, 40)]
    seen = 0
    while any(builder.poll() is None for builder in builders):
        if index_path(tmp_path, DIGEST).exists():
            assert opened(tmp_path) is not None
            seen += 1
        time.sleep(0.002)
    assert [builder.wait() for builder in builders] == [0, 0]
    assert seen > 0
    assert [path.name for path in tmp_path.iterdir()] == [index_path(tmp_path, DIGEST).name]
