"""The law of one server process: warmed up before anybody asks, and again when the workspace has other layers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from greenrule.store.workspace import Workspace
from greenrule.web import engine as module
from greenrule.web.engine import Engine


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the collector was told; it is not told it here, where other tests live."""
    told: list[str] = []
    for name in ("collect", "freeze", "unfreeze", "set_threshold"):
        monkeypatch.setattr(module.gc, name, lambda *_, name=name: told.append(name))
    return told


def test_what_was_warmed_up_is_kept_until_the_layers_are_others(
    demo_workspace: Workspace, collector: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Engine(demo_workspace.path)
    made.warm()
    assert collector == ["collect", "freeze", "set_threshold"]
    with made.asked() as first:
        assert first._machines
        assert first._grounds
    monkeypatch.setattr(Workspace, "layers_digest", lambda self: "others")
    made._looked = 0.0
    with made.asked() as second:
        assert second is not first
    for thread in threading.enumerate():
        if thread.name == "warming":
            thread.join()
    assert collector == ["collect", "freeze", "set_threshold", "unfreeze", "collect", "freeze", "set_threshold"]
    assert second._machines


def test_a_workspace_that_cannot_be_read_is_told_to_whoever_asks(tmp_path: Path, collector: list[str]) -> None:
    made = Engine(tmp_path / "nothing")
    made.warm()
    assert collector == []
