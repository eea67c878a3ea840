"""Facts, parameters, lists and decisions of a pack: YAML to the language's declarations, strictly.

Every value of a law carries its citation; whatever is wrong is collected with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import Quantity, UnitError, factor
from greenrule.packs.marked import Kind as MarkedKind
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.rules.book import DatedTable, DecisionSpec, Derivation, FactSpec, ParameterSpec, Point
from greenrule.rules.items import CodeList, ListVersion
from greenrule.rules.kinds import NUMBER, Kind
from greenrule.rules.nodes import Literal
from greenrule.rules.parser import parse_expression

_FORMS = ("truth", "quantity", "number", "category", "set", "date")


def entries(path: Path, key: str, faults: list[Fault], beside: str | None = None) -> dict[str, Marked]:
    """The entries under the top key of a file (`facts:`, `parameters:` …); `beside` may stand in the file too, or alone."""
    try:
        document = load_marked(path)
    except InputFault as error:
        faults.extend(error.faults)
        return {}
    shared = beside is not None and isinstance(document.value, dict) and beside in document.value
    optional: dict[str, MarkedKind] = {str(beside): "mapping"} if shared else {}
    required: dict[str, MarkedKind] = {key: "mapping"}
    found = take(
        document, {} if shared else required, {**optional, **required} if shared else {}, faults=faults, what=path.name
    )
    return found[key] or {}


def _label(marked: Marked | None, name: str, faults: list[Fault]) -> tuple[str, str]:
    if marked is None:
        return name, name
    if marked.raw is not None:
        return marked.text(), name
    found = take(marked, {"zh": "text"}, {"en": "text"}, faults=faults, what="label")
    return found["zh"] or name, found["en"] or name


def _kind(form: str, unit: str | None, vocab: str | None, at: Marked, faults: list[Fault]) -> Kind:
    if form == "quantity":
        try:
            dimension = factor(unit or "")[0]
        except UnitError as error:
            faults.append(at.fault("P040", str(error), "单位写法见 docs/reference/units.md"))
            return NUMBER
        if dimension == "1":
            return NUMBER
        return Kind("quantity", dimension=dimension)
    if form in ("category", "set"):
        if not vocab:
            faults.append(at.fault("P041", "类别或集合需要 `vocab`", "写上词表名，如 `vocab: gbt4754`"))
        return Kind(form, vocab=vocab)  # type: ignore[arg-type]
    return Kind(form)  # type: ignore[arg-type]


def read_facts(path: Path, faults: list[Fault]) -> dict[str, FactSpec]:
    """`facts/*.yaml`."""
    out: dict[str, FactSpec] = {}
    for name, entry in entries(path, "facts", faults).items():
        found = take(
            entry,
            {"kind": _FORMS, "label": "any", "question": "text"},
            {"unit": "text", "vocab": "text", "fixed": "boolean", "family": "text", "derive": "sequence", "place": "any",
             "group": "text", "note": "text", "cost": "integer"},
            faults=faults, what=f"事实 {name} ",
        )  # fmt: skip
        if found["kind"] is None:
            continue
        zh, en = _label(found["label"], name, faults)
        out[name] = FactSpec(
            name, _kind(found["kind"], found["unit"], found["vocab"], entry, faults), zh, en, found["question"] or zh,
            unit=found["unit"] or "", fixed=bool(found["fixed"]), cost=_cost(entry, found["cost"], faults), family=found["family"],
            derive=tuple(_derivations(found["derive"] or [], path, faults)),
            place=found["place"].plain() if found["place"] else None, group=found["group"], note=found["note"],
            at=entry.place,
        )  # fmt: skip
    return out


def read_givens(path: Path, facts: Mapping[str, FactSpec], faults: list[Fault]) -> dict[str, FactSpec]:
    """`givens.yaml`: truths that hold wherever a pack speaks, as a last derivation of facts of this or a lower pack."""
    out: dict[str, FactSpec] = {}
    for name, entry in entries(path, "givens", faults).items():
        found = take(entry, {"value": "boolean", "reason": "text"}, {}, faults=faults, what=f"givens {name} ")
        spec = facts.get(name)
        if spec is None or spec.kind.form != "truth":
            close = near(name, facts)
            told = f"givens.yaml 的 `{name}` 不是已声明的真值事实"
            faults.append(
                entry.fault("P047", told, f"相近的有：{'、'.join(close)}" if close else "先在 facts/*.yaml 里声明")
            )
        elif found["value"] is not None:
            given = Derivation(Literal(found["value"], at=entry.place))
            out[name] = replace(spec, derive=(*spec.derive, given), note=spec.note or found["reason"])
    return out


def read_efforts(name: str, entry: Marked, found: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """What a group of facts says of changing them, for those of its facts that say nothing of their own."""
    cost = _cost(entry, found["cost"], faults)
    if cost is not None and found["fixed"]:
        faults.append(entry.fault("P111", f"分组 {name} 既不能改又有代价", "`fixed` 和 `cost` 只留一个"))
    return {"fixed": bool(found["fixed"]), "cost": cost, "act": found["act"]}


def _cost(entry: Marked, cost: int | None, faults: list[Fault]) -> int | None:
    if cost is not None and cost < 1:
        faults.append(entry.fault("P110", f"代价 {cost} 不是正整数", "1 最容易；不能改的写 `fixed: true`"))
    return cost


def _derivations(items: list[Marked], path: Path, faults: list[Fault]) -> list[Derivation]:
    out = []
    for item in items:
        found = take(
            item, {"value": "text"}, {"when": "text", "from": "date", "recorded": "date", "presumed": "boolean"},
            faults=faults, what="derive ",
        )  # fmt: skip
        value = _expression(item, "value", found["value"], path, faults)
        when = _expression(item, "when", found["when"], path, faults)
        if value is not None:
            out.append(Derivation(value, when, found["from"], found["recorded"], bool(found["presumed"])))
    return out


def _expression(item: Marked, key: str, text: str | None, path: Path, faults: list[Fault]) -> Any:
    if text is None:
        return None
    at = item.mapping()[key].place
    return parse_expression(text, at.file or str(path), faults, at.line or 1, int(at.column or 1))


def read_parameters(path: Path, faults: list[Fault]) -> dict[str, ParameterSpec]:
    """`parameters/**/*.yaml`; tables of many columns in the same files are read by `packs.tables`."""
    out: dict[str, ParameterSpec] = {}
    for name, entry in entries(path, "parameters", faults, "tables").items():
        found = take(
            entry,
            {"label": "any"},
            {"unit": "text", "values": "sequence", "table": "sequence", "tables": "sequence", "argument": "text",
             "shape": ("steps", "lines"), "cite": "text", "sure": "boolean", "note": "text", "amends": "boolean"},
            faults=faults, what=f"参数 {name} ",
        )  # fmt: skip
        zh, _ = _label(found["label"], name, faults)
        unit = found["unit"] or ""
        kind = _kind("quantity", unit, None, entry, faults) if unit else NUMBER
        argument = _kind("quantity", found["argument"], None, entry, faults) if found["argument"] else NUMBER
        if found["sure"] is False and not found["note"]:
            faults.append(
                entry.fault("P042", f"参数 {name} 标了 `sure: false`，却没有说明理由", "用 `note:` 写明为何不确定")
            )
        if found["table"] is not None and not found["cite"]:
            faults.append(entry.fault("P043", f"分段表 {name} 没有出处", "写上 `cite: 文件#条款`"))
        read = [v for v in (_value(item, unit, faults) for item in found["values"] or []) if v]
        read.sort(key=lambda v: (v[0], v[3] or date.min))
        tables = _tables(entry, found, unit, faults)
        if not read and not tables:
            faults.append(entry.fault("P044", f"参数 {name} 没有值", "写上 `values:` 或 `table:`"))
        out[name] = ParameterSpec(
            name, kind, zh, unit, tuple((first, value, cite) for first, value, cite, _ in read),
            tables[-1].points if tables else (), found["shape"] or "steps", argument if tables else None,
            found["sure"] is not False, found["note"], entry.place,
            recorded=tuple(known for *_, known in read), tables=tables, amends=bool(found["amends"]),
            cite=tables[-1].cite if tables else None,
        )  # fmt: skip
    return out


def _tables(entry: Marked, found: Mapping[str, Any], unit: str, faults: list[Fault]) -> tuple[DatedTable, ...]:
    """The editions of a table, oldest first: `table` alone, or `tables` with their days."""
    out = []
    if found["table"] is not None:
        out.append(DatedTable(None, _points(found["table"], found["argument"], unit, faults), found["cite"] or ""))
    for item in found["tables"] or []:
        part = take(
            item,
            {"from": "date", "cite": "text", "points": "sequence"},
            {"recorded": "date"},
            faults=faults,
            what="tables ",
        )
        if part["from"] and part["cite"] and part["points"]:
            points = _points(part["points"], found["argument"], unit, faults)
            out.append(DatedTable(part["from"], points, part["cite"], part["recorded"]))
    return tuple(sorted(out, key=lambda table: (table.first or date.min, table.recorded or date.min)))


def _points(items: list[Marked], argument: str | None, unit: str, faults: list[Fault]) -> tuple[Point, ...]:
    return tuple(sorted((_point(item, argument or "", unit, faults) for item in items), key=lambda point: point.x))


def _value(item: Marked, unit: str, faults: list[Fault]) -> Any:
    found = take(
        item, {"from": "date", "value": "any", "cite": "text"}, {"recorded": "date"}, faults=faults, what="values "
    )
    if found["from"] is None or found["value"] is None or found["cite"] is None:
        return None
    value = None if found["value"].value == "expected" else _base(found["value"], unit, faults)
    return found["from"], value, found["cite"], found["recorded"]


def _base(marked: Marked, unit: str, faults: list[Fault]) -> Fraction:
    try:
        return Quantity(Fraction(marked.text()), unit).base
    except (ValueError, UnitError):
        faults.append(marked.fault("P045", f"`{marked.raw}` 不是数", "只写数，单位写在 `unit:`"))
        return Fraction(0)


def _point(item: Marked, argument: str, unit: str, faults: list[Fault]) -> Point:
    found = take(item, {"at": "any", "value": "any"}, {}, faults=faults, what="table ")
    if found["at"] is None or found["value"] is None:
        return Point(Fraction(0), Fraction(0))
    return Point(_base(found["at"], argument, faults), _base(found["value"], unit, faults))


def read_lists(path: Path, faults: list[Fault]) -> dict[str, CodeList]:
    """`lists/*.yaml`: a list without days holds always; `from`, `recorded` and `versions` put it on the two clocks."""
    out: dict[str, CodeList] = {}
    for name, entry in entries(path, "lists", faults).items():
        found = take(
            entry,
            {"vocab": "text", "label": "text"},
            {"codes": "texts", "open_within": "texts", "cites": "texts", "note": "text", "from": "date", "recorded": "date",
             "versions": "sequence", "amends": "boolean"},
            faults=faults, what=f"名录 {name} ",
        )  # fmt: skip
        versions = []
        if found["codes"] is not None or found["open_within"] is not None or not found["versions"]:
            versions.append(_edition(entry, found, name, faults))
        for item in found["versions"] or []:
            part = take(
                item, {"from": "date", "recorded": "date"},
                {"codes": "texts", "open_within": "texts", "cites": "texts", "note": "text"}, faults=faults, what="versions ",
            )  # fmt: skip
            versions.append(_edition(item, part, name, faults))
        latest = max(versions, key=lambda item: (item.first or date.min, item.recorded or date.min))
        dated = len(versions) > 1 or latest.first is not None or latest.recorded is not None
        out[name] = CodeList(
            name, found["vocab"] or "", found["label"] or name, latest.codes, latest.open_within, latest.cites, latest.note,
            entry.place, tuple(versions) if dated else (), bool(found["amends"]),
        )  # fmt: skip
    return out


def _edition(at: Marked, found: Mapping[str, Any], name: str, faults: list[Fault]) -> ListVersion:
    if found["open_within"] and not found["note"]:
        faults.append(at.fault("P046", f"名录 {name} 有未决部分，却没有说明理由", "用 `note:` 写明原文何处未定"))
    return ListVersion(
        found["from"], found["recorded"], tuple(found["codes"] or ()), tuple(found["open_within"] or ()),
        tuple(found["cites"] or ()), found["note"],
    )  # fmt: skip


def read_decisions(path: Path, faults: list[Fault]) -> dict[str, DecisionSpec]:
    """`decisions.yaml`."""
    out: dict[str, DecisionSpec] = {}
    for name, entry in entries(path, "decisions", faults).items():
        found = take(
            entry,
            {"label": "text"},
            {"values": "mapping", "verbs": "mapping", "replacing": "mapping", "default": "text", "base": "text",
             "collect": "boolean", "by_strength": "mapping", "recorded": "date"},
            faults=faults, what=f"决定 {name} ",
        )  # fmt: skip
        out[name] = DecisionSpec(
            name, found["label"] or name, tuple((key, item.text()) for key, item in (found["values"] or {}).items()),
            _verbs(found["verbs"]), _verbs(found["replacing"]), found["default"], found["base"], bool(found["collect"]),
            {key: item.plain() for key, item in (found["by_strength"] or {}).items()}, entry.place, found["recorded"],
        )  # fmt: skip
    return out


def _verbs(found: Mapping[str, Marked] | None) -> dict[str, str | None]:
    return {verb: (None if item.value is None else item.text()) for verb, item in (found or {}).items()}
