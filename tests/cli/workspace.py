"""One demonstration workspace and one loaded law for all tests of a run, whichever process they run in."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from greenrule.cli.main import main
from greenrule.packs.book import Law, load_book

ROOT = Path(__file__).resolve().parents[2]
UPDATE = os.environ.get("GREENRULE_UPDATE_GOLDEN") == "1"


@lru_cache(maxsize=1)
def shared_law() -> Law:
    """The packs that come with the software, read once in a process."""
    return load_book()


def shared_demo(factory: pytest.TempPathFactory) -> Path:
    """The demonstration workspace, built by whichever test process asks first."""
    from greenrule.casework.demo import build_demo

    base = factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    target = base / "shared-demo"
    with (base / "shared-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            build_demo(base / "shared-demo.part")
            (base / "shared-demo.part").rename(target)
    return target


def run(*args: object) -> Result:
    """A command as the user types it; anything but an orderly end is a failure of the test."""
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def golden(name: str, found: str) -> None:
    """Compare with `tests/golden/errors/NAME.txt`; `GREENRULE_UPDATE_GOLDEN=1` writes it."""
    path = ROOT / "tests" / "golden" / "errors" / f"{name}.txt"
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def told(cases: Sequence[tuple[str, Result]], folder: Path) -> str:
    """Exit codes and error texts of several commands, without the folder they ran in."""
    parts = [f"## {label}: exit {result.exit_code}\n{result.stderr}" for label, result in cases]
    return "\n".join(parts).replace(f"{folder}{os.sep}", "")


def write(path: Path, content: Any) -> Path:
    """A file of text, bytes, or rows of a sheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        import openpyxl

        book = openpyxl.Workbook()
        for row in content:
            book.active.append(row)
        book.save(path)
    return path
