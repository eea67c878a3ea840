"""Values of facts as people write them: `106 万吨/年`, 新建, 是, "2521", 炼焦 — read against the vocabulary.

Used for project files, for cases and for answers given at a prompt, so that all three understand the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.core.errors import Fault, Place, near
from greenrule.core.units import Quantity, UnitError, factor
from greenrule.rules.book import FactSpec, Rulebook, Vocabulary

_SEPARATOR = re.compile("[、，,；;]")
_IN_BRACKETS = re.compile(r"(.+?)\s*[（(\[【]([^（()）\[\]【】]+)[)）\]】]")
_BARE = re.compile(r"\s*[-+]?\d[\d,，]*(?:\.\d+)?(?:[eE][-+]?\d+)?\s*")
_YES = {True, "true", "是", "有", "yes", "涉及", "位于", "属于"}
_NO = {False, "false", "否", "无", "no", "不涉及", "不位于", "不属于"}
_UNKNOWN = {None, "?", "？", "unknown", "未知", "不清楚", "不知道", "待定"}


def find_fact(book: Rulebook, name: str, raw: object = None) -> FactSpec | None:
    """The fact of an id, a Chinese label or a family name (the member whose dimension fits the value)."""
    if name in book.facts:
        spec = book.facts[name]
        if spec.family != name:
            return spec
    family = [spec for spec in book.facts.values() if spec.family == name]
    if family:
        return next((spec for spec in family if _fits(spec, raw)), book.facts.get(name, family[0]))
    labelled = [spec for spec in book.facts.values() if spec.zh == name]
    return next((spec for spec in labelled if _fits(spec, raw)), labelled[0] if labelled else None)


def named_fact(book: Rulebook, name: str, raw: Any = None) -> tuple[FactSpec | None, Any]:
    """The fact of a name and the value as it is meant: `生产能力（万吨/年）` with the bare number 106 is 106 万吨/年.

    A value that carries a unit of its own keeps it.
    """
    spec = find_fact(book, name, raw)
    if spec is not None:
        return spec, raw
    head = unit_in_name(name)
    if head is None:
        return None, raw
    bare = isinstance(raw, (int, float, Fraction)) and not isinstance(raw, bool)
    if bare or (isinstance(raw, str) and _BARE.fullmatch(raw)):
        raw = f"{str(raw).strip()} {head[1]}"
    return find_fact(book, head[0], raw), raw


def unit_in_name(name: str) -> tuple[str, str] | None:
    """A name that ends in a unit in brackets, taken apart; None where there is none.

    >>> unit_in_name("生产能力（万吨/年）"), unit_in_name("范围（见附图）")
    (('生产能力', '万吨/年'), None)
    """
    found = _IN_BRACKETS.fullmatch(name.strip())
    if found is None:
        return None
    try:
        factor(found[2])
    except UnitError:
        return None
    return found[1].strip(), found[2].strip()


def _fits(spec: FactSpec, raw: object) -> bool:
    try:
        return Quantity.parse(str(raw)).dimension == spec.kind.dimension
    except UnitError:
        return False


def near_facts(book: Rulebook, name: str) -> list[str]:
    """Facts whose id or Chinese label looks like a name."""
    by_label = {spec.zh: spec.id for spec in book.facts.values()}
    found = near(name, [*book.facts, *by_label])
    containing = [label for label in by_label if name and name in label][:3]
    return list(
        dict.fromkeys(f"{by_label[item]}（{item}）" if item in by_label else item for item in [*found, *containing])
    )


def split_list(text: str) -> list[str]:
    """The parts of a list written in one cell, whatever separates them; empty parts are dropped.

    >>> split_list("炼焦、煤炭洗选，2521;")
    ['炼焦', '煤炭洗选', '2521']
    """
    return [part for piece in _SEPARATOR.split(text) if (part := piece.strip())]


def read_value(book: Rulebook, spec: FactSpec, raw: Any, place: Place | None, faults: list[Fault]) -> Any:
    """A written value as the machine's value, or None when it says "unknown"; wrong ones become faults J02x."""
    if isinstance(raw, (str, bool, type(None))) and raw in _UNKNOWN:
        return None
    form = spec.kind.form
    if form == "truth":
        if isinstance(raw, (str, bool)) and raw in _YES:
            return True
        if isinstance(raw, (str, bool)) and raw in _NO:
            return False
        faults.append(
            Fault("J021", f"`{spec.zh}` 应填 是 或 否，却是 `{raw}`", place, '不知道就写 `未知` 或 `"?"`，不要猜')
        )
        return None
    if form in ("quantity", "number"):
        return _number(spec, raw, place, faults)
    if form == "date":
        return _day(spec, raw, place, faults)
    vocabulary = book.vocabularies[spec.kind.vocab or ""]
    items = list(raw) if isinstance(raw, (list, tuple, set, frozenset)) else [raw]
    if form == "set" and len(items) == 1 and isinstance(items[0], str):
        items = split_list(items[0])
    codes = [code for code in (_code(vocabulary, spec, str(item), place, faults) for item in items) if code is not None]
    if form == "set":
        return frozenset(codes) if codes or not items else None
    if len(items) != 1:
        faults.append(
            Fault("J022", f"`{spec.zh}` 只能填一个值", place, f"可用：{'、'.join(vocabulary.labels.values())}")
        )
    return codes[0] if codes else None


def _number(spec: FactSpec, raw: Any, place: Place | None, faults: list[Fault]) -> Quantity | Fraction | None:
    try:
        quantity = Quantity.parse(str(raw))
        if spec.kind.form == "number":
            if quantity.dimension == "1":
                return quantity.base
        elif quantity.dimension == spec.kind.dimension:
            return quantity
    except UnitError as error:
        faults.append(Fault("J023", f"`{spec.zh}` 的值 {error}", place, f"写成“数值 单位”，如 `1 {spec.unit}`"))
        return None
    if not quantity.unit:
        faults.append(Fault("J024", f"`{spec.zh}` 缺少单位", place, f"量要连单位一起写，如 `{raw} {spec.unit}`"))
    else:
        faults.append(Fault("J025", f"`{spec.zh}` 的单位应与 `{spec.unit or '无单位'}` 同类，`{quantity.unit}` 量纲不符", place,
                            f"换成 `{spec.unit}` 或同类单位"))  # fmt: skip
    return None


def _day(spec: FactSpec, raw: Any, place: Place | None, faults: list[Fault]) -> date | None:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        faults.append(Fault("J026", f"`{spec.zh}` 的值 `{raw}` 不是日期", place, "日期写作 YYYY-MM-DD"))
        return None


def _code(vocabulary: Vocabulary, spec: FactSpec, raw: str, place: Place | None, faults: list[Fault]) -> str | None:
    text = raw.strip()
    if text in vocabulary.labels:
        return text
    matches = [code for code, label in vocabulary.labels.items() if label == text]
    if matches:
        # A group and its only class carry the same name: the finer code says more and means the same.
        return max(matches, key=len)
    choices = suggestions(vocabulary, text)
    faults.append(
        Fault(
            "J027",
            f"`{spec.zh}` 没有取值 `{raw}`",
            place,
            f"相近的有：{'、'.join(choices)}" if choices else "用 `greenrule facts` 查看可用取值",
        )
    )
    return None


def suggestions(vocabulary: Vocabulary, text: str, count: int = 4) -> list[str]:
    """Codes with names that look like a wrong code or name."""
    close: Iterable[str] = near(text, vocabulary.labels, count)
    prefix = [code for code in vocabulary.labels if len(text) > 2 and code.startswith(text[:-1])]
    named = [code for code, label in vocabulary.labels.items() if len(text) > 1 and (text in label or label in text)]
    found = list(dict.fromkeys([*named, *prefix, *close]))[:count]
    return [f"{code} {vocabulary.labels[code]}" for code in found]


def read_facts_given(
    book: Rulebook, given: Mapping[str, Any], place: Place | None, faults: list[Fault]
) -> dict[str, Any]:
    """A mapping of written facts as machine values; unknown names get suggestions (J020)."""
    out: dict[str, Any] = {}
    for name, raw in given.items():
        spec = find_fact(book, str(name), raw)
        if spec is None:
            close = near_facts(book, str(name))
            faults.append(
                Fault(
                    "J020",
                    f"没有名为 `{name}` 的事实",
                    place,
                    f"相近的有：{'、'.join(close)}" if close else "用 `greenrule facts` 查看",
                )
            )
            continue
        out[spec.id] = read_value(book, spec, raw, place, faults)
    return out
