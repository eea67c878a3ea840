"""Files appear whole or not at all, with the rights that were asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from greenrule.core.files import replace_file


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    replace_file(path, b"old")

    def refuse(*rest: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("rights", [0o666, 0o600])
def test_rights_are_those_asked_for_less_the_mask(tmp_path: Path, rights: int) -> None:
    before = os.umask(0o002)
    try:
        replace_file(tmp_path / "a", b"", rights)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == rights & ~0o002
