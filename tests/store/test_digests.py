"""Bytes under their digest: once each, altered ones noticed, nothing half kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.store.digests import keep_bytes, kept_bytes, place_of


def test_what_was_kept_comes_back_and_lies_once(tmp_path: Path) -> None:
    one, again = keep_bytes(tmp_path, b"abc"), keep_bytes(tmp_path, b"abc")
    assert one == again
    assert kept_bytes(tmp_path, one) == b"abc"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [place_of(tmp_path, one)]


def test_what_was_altered_or_is_gone_is_not_given_out(tmp_path: Path) -> None:
    digest = keep_bytes(tmp_path, b"abc")
    place_of(tmp_path, digest).write_bytes(b"abd")
    assert kept_bytes(tmp_path, digest) is None
    place_of(tmp_path, digest).unlink()
    assert kept_bytes(tmp_path, digest) is None


def test_a_disk_that_refuses_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OSError, match="file"):
        keep_bytes(blocked, b"abc")
    assert blocked.read_text() == "in the way"
