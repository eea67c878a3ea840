"""Numbers that come twice, and numbers that are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from greenrule.core.errors import Fault
from greenrule.packs.documents.layout import Paragraph
from greenrule.packs.documents.markers import GLOBAL_KINDS, KINDS

if TYPE_CHECKING:
    from greenrule.packs.documents.reader import Draft

_TWICE = "核对原件：是编号印错，还是同一条读了两遍；两处的定位符已加 @2 区分"
_MISSING = "核对原件：是原文如此，还是漏了字、漏了页"


def check_numbers(drafts: Sequence[Draft], notes: list[Fault], faults: list[Fault]) -> None:
    """DOC010 a number twice in one series, at both places (faults) · DOC011 numbers missing (notes) · DOC024 a list that
    begins anew within one clause (notes).  An annex numbers for itself."""
    body = [draft for draft in drafts if draft.kind != "annex"]
    for part in (body, *([draft] for draft in drafts if draft.kind == "annex")):
        everything = list(_walk(part))
        for kind in KINDS:
            own = [draft for draft in everything if draft.kind == kind and draft.bis is None]
            if not own or kind == "annex":
                continue
            if kind in GLOBAL_KINDS or _runs_on(own):
                _check(own, notes, faults)
            else:
                groups: dict[int, list[Draft]] = defaultdict(list)
                for draft in own:
                    groups[id(draft.parent)].append(draft)
                for group in groups.values():
                    for series in _lists(group, notes):
                        _check(series, notes, faults)


def _walk(drafts: Sequence[Draft]) -> Iterator[Draft]:
    for draft in drafts:
        yield draft
        yield from _walk(draft.drafts)


def _runs_on(own: Sequence[Draft]) -> bool:
    """Whether the numbers of a kind run through the document, told by what happens where the parent changes."""
    on = anew = 0
    for before, after in pairwise(own):
        if before.parent is not after.parent:
            on += after.number > before.number
            anew += after.number == 1
    return on > anew


def _lists(group: Sequence[Draft], notes: list[Fault]) -> list[list[Draft]]:
    """One clause may hold several lists, each led in by a paragraph of its own."""
    leads = _leads(group[0].parent)
    out: list[list[Draft]] = [[]]
    for draft in group:
        if draft.number == 1 and out[-1] and leads.get(id(draft), "").rstrip().endswith((":", "：")):
            told = f"`{draft.label}` 在同一条里重新编号，按第二组处理（上一组起于 {out[-1][0].at}）"
            notes.append(Fault("DOC024", told, draft.at, "引用时写明是哪一段下的项"))
            out.append([])
        out[-1].append(draft)
    return out


def _leads(owner: Draft | None) -> dict[int, str]:
    """For each clause within `owner` the last line before it, be it of `owner` or of the clause before."""
    out: dict[int, str] = {}
    before: Paragraph | Draft | None = None
    for item in owner.body if owner is not None else ():
        if not isinstance(item, Paragraph):
            last = before
            while last is not None and not isinstance(last, Paragraph):
                last = last.body[-1] if last.body else None
            out[id(item)] = last.last if last is not None else ""
        before = item
    return out


def _check(series: Sequence[Draft], notes: list[Fault], faults: list[Fault]) -> None:
    seen: dict[int, Draft] = {}
    last = 0
    for draft in series:
        if draft.number in seen:
            told = f"编号重复：`{draft.label}` 已在 {seen[draft.number].at} 出现"
            faults.append(Fault("DOC010", told, draft.at, _TWICE))
            continue
        if draft.number > last + 1:
            gone = [number for number in range(last + 1, draft.number) if number not in seen]
            if gone:
                names = "、".join(map(str, gone[:10])) + ("…" if len(gone) > 10 else "")
                told = f"`{draft.label}` 之前缺编号 {names}"
                notes.append(Fault("DOC011", told, draft.at, _MISSING))
        seen[draft.number] = draft
        last = max(last, draft.number)
