"""A database of the first versions with rows in it is brought up to date, and everything is there; `test_postgres.py` does the same there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from greenrule.store.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def upgraded(*words: str) -> dict[str, Any]:
    """What `upgrading.py` saw."""
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GREENRULE_") or name == "GREENRULE_CACHE"
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.upgrading", *words],
        cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def holds(told: dict[str, Any]) -> None:
    """Every row is found, in order, by what is new, and the past is protected as before."""
    assert told["all"] == ["升级中的水泥Ab厂", *(f"升级前第{number}号焦化" for number in (2, 1, 0))]
    assert told["short"] == ["升级中的水泥Ab厂"]
    assert told["projects"] == ["甲焦化二期"]
    assert told["cases"] == told["late"] == [told["case"]]
    assert told["chain"] == []
    assert told["protected"]


def test_the_first_versions_are_brought_up_to_date(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "w")
    holds(upgraded(str(tmp_path / "w")))
