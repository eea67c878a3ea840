"""Faults that speak to the reader: a code, a place, what is wrong, and what to do.

A *fault* is a value; functions collect faults and raise them together, so that one run
tells the reader everything.  Only the doors turn them into text and exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault sits: a file with line and column, or a sheet with row and column name.

    >>> str(Place("site.yaml", 3, 7))
    'site.yaml:3:7'
    """

    file: str | None = None
    line: int | None = None
    column: int | str | None = None

    def __str__(self) -> str:
        parts = [self.file or "-"]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, told in the reader's words (Chinese), with what to do about it.

    >>> print(Fault("P001", "未知的键 `tilte`", Place("pack.yaml", 2, 1), "是否想写 `title`？"))
    P001 pack.yaml:2:1 未知的键 `tilte`
    help: 是否想写 `title`？
    """

    code: str
    message: str
    place: Place | None = None
    help: str | None = None

    def __str__(self) -> str:
        head = f"{self.code} {self.place} {self.message}" if self.place else f"{self.code} {self.message}"
        return f"{head}\nhelp: {self.help}" if self.help else head

    def to_json(self) -> dict[str, object]:
        """The fault as plain data for `--format json`."""
        out: dict[str, object] = {"code": self.code, "message": self.message}
        if self.place is not None:
            out["place"] = str(self.place)
        if self.help:
            out["help"] = self.help
        return out


class InputFault(Exception):
    """Bad input: one or more faults, all of them at once (exit code 2).

    >>> raise InputFault([Fault("J001", "空文件")])
    Traceback (most recent call last):
    ...
    greenrule.core.errors.InputFault: J001 空文件
    """

    exit_code = 2

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class EnvironmentFault(InputFault):
    """The machine is in the way: disk full, read-only folder, missing font (exit code 3)."""

    exit_code = 3


def near(word: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """The choices that look most like `word`, for "did you mean" lines.

    >>> near("capcity", ["capacity", "nature", "industry"])
    ['capacity']
    """
    import difflib

    return difflib.get_close_matches(word, list(choices), n=count, cutoff=0.5)
