"""The atlas as a Parquet file: one row per class and unit, and a head that says what was asked and what the codes mean.

Rows are ordered by class, then by unit.  The head travels in the file's metadata, so that a file can be read, compared and
printed without the packs it was made with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.report_words import DECISION, DEMO, VALUE_BY_DECISION
from greenrule.casework.unit_atlas import UnitAtlas
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

if TYPE_CHECKING:
    import pyarrow as pa

#: Where the head stands in the metadata, and the version of the layout.
_KEY, _VERSION = b"greenrule.atlas", 1
#: Digits that a share is written with.
_DIGITS = 9


def value_words(decision: str, values: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The values of a decision in words, as findings say them."""
    said = DECISION if decision == "access" else VALUE_BY_DECISION.get(decision, {})
    return {value: said.get(value) or zh for value, zh in values}


def head(atlas: UnitAtlas) -> dict[str, Any]:
    """What was asked, of whom, on which ground; words for every code that cells use."""
    question = atlas.question
    law, book, machine = question.screener.law, question.machine.book, question.machine
    used = [part for cell in atlas.cells for part in cell.parts]
    rules = sorted({rule for part in used for rule in (*part.deciding, *part.open)})
    facts = sorted({name for part in used for name in part.missing} | set(atlas.ground.told) | set(atlas.ground.untold))
    facts += [name for name in question.assumed if name not in facts]
    return {
        "format": "greenrule-atlas", "version": _VERSION, "on": question.on.isoformat(), "decision": question.decision,
        "decision_label": book.decisions[question.decision].zh, "values": value_words(question.decision, question.values),
        "classes": len(atlas.classes), "units": len(atlas.units), "filters": atlas.filters,
        "assumed": {
            "nature": question.nature, "nature_label": book.vocabularies["nature"].labels[question.nature],
            "none_of": {name: law.groups[name][0] for name in question.none_of},
            "facts": dict(question.assumed), "said": list(question.said),
            "set_aside": {name: sorted(codes) for name, codes in sorted(question.set_aside.items())},
        },
        "rules": {
            rule: {"title": book.rules[rule].title, "then": book.rules[rule].then,
                   "clauses": list(dict.fromkeys(machine.citation(cite).text for cite in book.rules[rule].cites))}
            for rule in rules
        },
        "facts": {name: book.facts[name].zh for name in facts},
        "told_places": list(atlas.ground.told), "untold_places": list(atlas.ground.untold),
        "notices": [DEMO] if atlas.demo() else [],
        "versions": {**question.screener.versions(question.on)},
        "industry_table": [{"code": code, "name": atlas.label(code)} for code in atlas.classes],
        "unit_table": [_unit(atlas, row) for row in range(len(atlas.units))],
    }  # fmt: skip


def _unit(atlas: UnitAtlas, row: int) -> dict[str, Any]:
    unit = atlas.units[row]
    there: dict[str, float] = {}
    for number, share in unit.pieces:
        for name, value in zip(atlas.ground.told, atlas.ground.signatures[number], strict=True):
            if value:
                there[name] = there.get(name, 0.0) + share
    return {
        "unit": unit.key, "name": unit.name, "class": unit.kind, "subtype": unit.subtype, "city": unit.city, "county": unit.county,
        "area_km2": round(unit.area_m2 / 1e6, 4), "places": {name: round(share, 6) for name, share in there.items()},
        "ground": atlas.ground.ground_of(unit),
    }  # fmt: skip


def atlas_table(atlas: UnitAtlas, told: Mapping[str, Any]) -> pa.Table:
    """The rows of an atlas; `told` is its head."""
    import pyarrow as pa

    classes, units = len(atlas.classes), len(atlas.units)
    class_at = np.repeat(np.arange(classes, dtype=np.int32), units)
    unit_at = np.tile(np.arange(units, dtype=np.int32), classes)
    cell_at = np.ascontiguousarray(atlas.number.T).reshape(-1)
    columns: dict[str, Any] = {}

    def texts(name: str, values: list[str | None], at: npt.NDArray[np.int32]) -> None:
        words = list(dict.fromkeys(values))
        place = {word: number for number, word in enumerate(words)}
        codes = np.array([place[value] for value in values], dtype=np.int32)[at]
        missing = None if None not in place else codes == place[None]
        columns[name] = pa.DictionaryArray.from_arrays(
            pa.array(codes, mask=missing), pa.array([w or "" for w in words], pa.string())
        )

    texts("industry", list(atlas.classes), class_at)
    texts("industry_name", [item["name"] for item in told["industry_table"]], class_at)
    for name, key in (("unit", "unit"), ("unit_name", "name"), ("unit_class", "class"), ("unit_subtype", "subtype"), ("city", "city"),
                      ("county", "county")):  # fmt: skip
        texts(name, [item[key] for item in told["unit_table"]], unit_at)
    cells = atlas.cells
    texts("decision", [cell.decision for cell in cells], cell_at)
    texts("decision_label", [told["values"][cell.decision] for cell in cells], cell_at)
    texts("clauses", [clauses(told, cell.parts[0].deciding or cell.parts[0].open) for cell in cells], cell_at)
    for value in told["values"]:
        shares = np.array([round(cell.share(value), _DIGITS) for cell in cells])
        columns[f"share_{value}"] = pa.array(shares[cell_at])
        mine = [next((part for part in cell.parts if part.decision == value), None) for cell in cells]
        texts(f"rules_{value}", [None if part is None else "; ".join(part.deciding) for part in mine], cell_at)
    open_parts = [next((part for part in cell.parts if part.decision == "undetermined"), None) for cell in cells]
    texts("open_rules", [None if part is None else "; ".join(part.open) for part in open_parts], cell_at)
    texts("missing", [None if part is None else "; ".join(part.missing) for part in open_parts], cell_at)
    texts("notice", ["；".join(told["notices"]) or None], np.zeros(len(cell_at), dtype=np.int32))
    return pa.table(columns).replace_schema_metadata({_KEY: json.dumps(told, ensure_ascii=False).encode()})


def clauses(told: Mapping[str, Any], rules: tuple[str, ...]) -> str:
    """Where some rules stand, as people write it."""
    return "；".join(dict.fromkeys(text for rule in rules for text in told["rules"][rule]["clauses"]))


def atlas_parquet(atlas: UnitAtlas, told: Mapping[str, Any]) -> bytes:
    """The atlas as the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(atlas_table(atlas, told), sink, compression="zstd")
    return bytes(sink.getvalue())


@dataclass(frozen=True)
class AtlasFile:
    """An atlas as it was read: its head, and per column (classes, units) int32 numbers into values.

    codes : column → numbers, -1 where there is nothing; values : column → what the numbers mean
    """

    head: dict[str, Any]
    codes: dict[str, npt.NDArray[np.int32]]
    values: dict[str, list[Any]]

    @property
    def classes(self) -> list[str]:
        """Codes of the classes, in their order."""
        return [item["code"] for item in self.head["industry_table"]]

    @property
    def units(self) -> list[str]:
        """Keys of the units, in their order."""
        return [item["unit"] for item in self.head["unit_table"]]


def read_atlas(path: Path) -> AtlasFile:
    """Read an atlas that `greenrule atlas --out` wrote.

    Errors: InputFault T006 no such file, not an atlas, or of a layout that this program does not know; T007 where the rows are
    not those that the head tells; EnvironmentFault J009 where the machine does not let it be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, place = Path(path), Place(str(path))
    if not path.is_file():
        raise InputFault(Fault("T006", "没有这个文件", place, "给出 `greenrule atlas --out 图谱.parquet` 写出的文件"))
    try:
        table = pq.read_table(path)
        told = json.loads((table.schema.metadata or {})[_KEY])
    except PermissionError as error:
        raise EnvironmentFault(Fault("J009", f"文件读不出来：{error.strerror}", place, "检查文件权限与磁盘")) from None
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        said = "不是图谱文件，或不完整" + (f"：{str(error).splitlines()[0][:120]}" if str(error) else "")
        raise InputFault(Fault("T006", said, place, "给出 `greenrule atlas --out 图谱.parquet` 写出的文件")) from None
    if told.get("version") != _VERSION:
        raise InputFault(
            Fault(
                "T006",
                f"图谱文件的格式版本 {told.get('version')} 不是本程序认识的 {_VERSION}",
                place,
                "用写它的程序版本重新生成",
            )
        )
    shape = (told["classes"], told["units"])
    kept = [
        "decision",
        *(name for name in table.column_names if name.startswith(("share_", "rules_"))),
        "open_rules",
        "missing",
    ]
    if table.num_rows != shape[0] * shape[1] or not _rectangle(table, told) or not set(kept) <= set(table.column_names):
        raise InputFault(
            Fault("T007", "图谱文件的行与它的表头不符：被筛选、改动或截断过", place, "用原样的文件，或重新生成")
        )
    codes, values = {}, {}
    for name in kept:
        found = table.column(name).combine_chunks()
        found = found if pa.types.is_dictionary(found.type) else found.dictionary_encode()
        codes[name] = found.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32).reshape(shape)
        values[name] = found.dictionary.to_pylist()
    return AtlasFile(told, codes, values)


def _rectangle(table: pa.Table, told: Mapping[str, Any]) -> bool:
    """Whether the rows are every class with every unit, in the order of the head."""
    import pyarrow as pa

    for name, items, key, way in (
        ("industry", told["industry_table"], "code", np.repeat),
        ("unit", told["unit_table"], "unit", np.tile),
    ):
        if name not in table.column_names:
            return False
        wanted = way(np.arange(len(items)), table.num_rows // max(len(items), 1))
        found = table.column(name).combine_chunks()
        found = found if pa.types.is_dictionary(found.type) else found.dictionary_encode()
        place = {item[key]: number for number, item in enumerate(items)}
        known = np.array([place.get(word, -1) for word in found.dictionary.to_pylist()])
        if found.null_count or not np.array_equal(known[found.indices.to_numpy(zero_copy_only=False)], wanted):
            return False
    return True
