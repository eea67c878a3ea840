"""A process that holds more connections than another asks its clients to connect anew, and no other does."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from greenrule.web import sharing
from greenrule.web.sharing import Shares, connections


def plain(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("200 OK", [("Content-Length", "1")])
    return [b"x"]


def asked(shares: Shares) -> bool:
    """Whether the answer ends the connection."""
    told: list[tuple[str, str]] = []
    assert list(shares({}, lambda status, headers: told.extend(headers))) == [b"x"]
    return ("Connection", "close") in told


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_PAUSE", -1.0)


def other_process(file: Path, held: int, age: float = 0.0) -> None:
    import time

    with file.open("r+b") as stream:
        stream.seek((os.getpid() + 1) % sharing._SLOTS * sharing._SLOT.size)
        stream.write(sharing._SLOT.pack(os.getpid() + 1, held, time.time() - age))


@pytest.mark.parametrize(("mine", "other", "ends"), [(9, 7, True), (8, 7, False), (7, 9, False), (3, 3, False)])
def test_only_the_fuller_process_lets_go(hurried: None, tmp_path: Path, mine: int, other: int, ends: bool) -> None:
    shares = Shares(plain, tmp_path / "shares", lambda: mine)
    other_process(tmp_path / "shares", other)
    assert asked(shares) is ends


def test_a_process_alone_and_one_that_is_gone_count_for_nothing(hurried: None, tmp_path: Path) -> None:
    shares = Shares(plain, tmp_path / "shares", lambda: 50)
    assert not asked(shares)
    other_process(tmp_path / "shares", 1, age=60)
    assert not asked(shares)
    other_process(tmp_path / "shares", 1)
    assert asked(shares)


def test_where_the_system_does_not_tell_nobody_is_sent_away(hurried: None, tmp_path: Path) -> None:
    shares = Shares(plain, tmp_path / "shares", lambda: None)
    other_process(tmp_path / "shares", 0)
    assert not asked(shares)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system has no /proc")
def test_sockets_are_counted() -> None:
    before = connections()
    with socket.socket(), socket.socket():
        assert connections() == before + 2
    assert connections() == before
