"""Files appear whole or not at all."""

from __future__ import annotations

import os

import pytest

from greenrule.casework.writing import write_bytes
from greenrule.core.errors import EnvironmentFault


def test_folders_are_made_and_old_content_is_replaced(tmp_path):
    """The ordinary case."""
    path = tmp_path / "a" / "b" / "结论.json"

    write_bytes(path, b"one")
    write_bytes(path, b"two")

    assert path.read_bytes() == b"two"
    assert [item.name for item in path.parent.iterdir()] == ["结论.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_trouble_leaves_the_old_file_and_nothing_else(step, tmp_path, monkeypatch):
    """The disk fills up before the new file is in place."""
    path = tmp_path / "结论.json"
    path.write_bytes(b"old")

    def refuse(*rest: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, refuse)

    with pytest.raises(EnvironmentFault) as caught:
        write_bytes(path, b"new")
    assert [fault.code for fault in caught.value.faults] == ["D001"]
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["结论.json"]


def test_a_file_gets_the_rights_that_files_get(tmp_path):
    """A report is for others to read; a temporary file's private rights must not stick to it."""
    path, plain = tmp_path / "结论.json", tmp_path / "plain"
    plain.write_bytes(b"")

    write_bytes(path, b"x")

    assert path.stat().st_mode == plain.stat().st_mode


def test_a_long_name_is_written(tmp_path):
    """The temporary neighbour's name must not be longer than names may be."""
    path = tmp_path / ("长" * 83 + ".json")

    write_bytes(path, b"x")

    assert path.read_bytes() == b"x"


def test_a_link_is_followed_and_a_device_is_not_replaced(tmp_path):
    """`--out /dev/null` must never put a file in its place."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write_bytes(link, b"new")
    write_bytes(pipe, b"through")

    assert (link.is_symlink(), target.read_bytes()) == (True, b"new")
    assert (pipe.is_fifo(), os.read(reader, 100)) == (True, b"through")
    os.close(reader)
