"""How a filing goes on and within which periods, in words, for whoever is told of it at once.

Source: 晋环发〔2024〕7号（四） asks for the procedure of a licence and its periods beside what is required.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.packs.book import default_packs
from greenrule.packs.filings import FilingKind, FilingLaw, Limit, load_filings
from greenrule.packs.instruments import load_instruments

_PUBLISHED = {"acceptance": "受理情况公示", "proposed": "拟作出决定的公示"}
_FITS = {
    "eia_book": ("eia", "form", "book"), "eia_form": ("eia", "form", "form"),
    "permit_key": ("permit", "class", "key"), "permit_simplified": ("permit", "class", "simplified"),
}  # fmt: skip


def fits(finding: Mapping[str, Any], kind: str) -> bool:
    """Whether a finding says that its project needs a filing of that kind.

    >>> fits({"eia": {"form": "book"}}, "eia_book"), fits({"eia": {"form": None}}, "eia_book")
    (True, False)
    """
    where = _FITS.get(kind)
    return where is not None and (finding.get(where[0]) or {}).get(where[1]) == where[2]


def procedure(kinds: Iterable[FilingKind], law: FilingLaw, name: Callable[[str], str]) -> list[str]:
    """The steps of some kinds of filings with their periods, each with its clause.

    name : a cite (`instrument#clause`) as it is written in a paper
    """
    kinds = list(kinds)
    if not kinds:
        return []
    tell = law.tell_once
    out = [
        f"收件：材料不齐或不合形式的，收件单位当场或在 {_days(tell)}内一次告知需要补正的全部内容；逾期不告知的，自收到材料之日起即为受理"
        f"{_basis(tell, name)}"
    ]
    for kind in kinds:
        since = "收到" if kind.since == "received" else "受理"
        out += [
            f"{kind.label}：{_PUBLISHED[what]}不少于 {_days(limit)}{_basis(limit, name)}"
            for what, limit in kind.publish.items()
        ]
        out.append(f"{kind.label}：自{since}之日起 {_days(kind.decide)}内作出决定{_basis(kind.decide, name)}")
    return out


def procedure_for(finding: Mapping[str, Any], packs: tuple[Path, ...] | None = None) -> list[str]:
    """The same for the filings that a finding asks for, by the law of filings in the packs."""
    folders = packs or default_packs()
    instruments = load_instruments(folders)
    law, day = load_filings(folders, instruments), date.fromisoformat(str(finding["project"]["on"]))
    kinds = [kind for kind in law.kinds.values() if fits(finding, kind.id)]
    return procedure(kinds, law, lambda cite: instruments.resolve(cite, day).text)


def _days(limit: Limit) -> str:
    return f"{limit.days} {'个工作日' if limit.counting == 'working' else '日'}"


def _basis(limit: Limit, name: Callable[[str], str]) -> str:
    return f"（{name(limit.cite)}{'' if limit.sure else '；时限凭记忆录入，请核对原文'}）"
