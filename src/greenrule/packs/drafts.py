"""A draft of law: a pack folder that stands in for a pack, or lies on top of the packs in force.

A draft whose `pack.toml` has the `id` of a pack in force replaces that pack, in its place; one with an id of its own is
laid on top of all of them, as a later pack is.  What it says of items below it, it says with `replaces` and `overrides`
(rules) and `amends` (parameters, lists).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law, load_book


def pack_id(folder: Path) -> str | None:
    """The id that a pack folder states; None where it has no readable `pack.toml` (loading it says what is wrong)."""
    try:
        return str(tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8"))["id"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError):
        return None


def overlay(folders: Sequence[Path], drafts: Iterable[Path]) -> tuple[Path, ...]:
    """The pack folders with the drafts in place of the packs of their ids, or on top.

    PLAN001 not a folder · PLAN002 two drafts of one id.
    """
    out = list(folders)
    places = {pack_id(folder): index for index, folder in enumerate(folders)}
    faults: list[Fault] = []
    seen: dict[str, Path] = {}
    for draft in drafts:
        if not draft.is_dir():
            faults.append(Fault("PLAN001", "草案应是一个政策包目录", Place(str(draft)), "给出含有 pack.toml 的目录"))
            continue
        name = pack_id(draft)
        if name is not None and name in seen:
            faults.append(
                Fault("PLAN002", f"草案 `{name}` 给了两次（另一处 {seen[name]}）", Place(str(draft)), "留一处")
            )
            continue
        if name is not None:
            seen[name] = draft
        if name is not None and name in places:
            out[places[name]] = draft
        else:
            out.append(draft)
    if faults:
        raise InputFault(faults)
    return tuple(out)


def horizon(folders: Iterable[Path]) -> date | None:
    """The day up to which all of some packs claim to know the law (`horizon` of their pack.toml); None where one says nothing."""
    days = []
    for folder in folders:
        try:
            day = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8")).get("horizon")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            return None
        if not isinstance(day, date):
            return None
        days.append(day)
    return min(days, default=None)


def load_draft(law: Law, drafts: Iterable[Path], extra_lists: Iterable[Path] = ()) -> Law:
    """The law as it would be with the drafts; one `InputFault` with everything that is wrong in all of their files."""
    return load_book(overlay(law.folders, drafts), extra_lists)
