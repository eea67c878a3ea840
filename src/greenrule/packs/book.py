"""Assemble the rulebook from pack folders: nation first, then what builds on it.

`load_book` is the one way in; it raises one `InputFault` with everything that is wrong in all files.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.conflicts import read_conflicts, resolve_conflicts
from greenrule.packs.dating import amended, known_values, own_list, validity
from greenrule.packs.declarations import (
    entries,
    read_decisions,
    read_efforts,
    read_facts,
    read_givens,
    read_lists,
    read_parameters,
)
from greenrule.packs.industries import Industries
from greenrule.packs.instruments import Instruments, load_instruments
from greenrule.packs.marked import read_text, take
from greenrule.packs.polarity import check_groups
from greenrule.packs.transitions import read_transitions, understand
from greenrule.packs.vocabulary import read_vocabulary
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Rule
from greenrule.rules.link import link
from greenrule.rules.parser import parse

T = TypeVar("T")

#: A file that could not be read as a whole, or an item of it (`packs.marked`, `packs.vocabulary`).
_UNREAD = frozenset(("P001", "P002", "P003", "P004", "P005", "P006", "P007", "P060", "P061", "P064"))
#: A name that is not there (`rules.link`).
_MISSING = frozenset(("R013", "R014", "R017", "R018", "R019", "R020", "R021"))


@dataclass(frozen=True)
class Law:
    """A linked rulebook with the instruments it rests on and the digests of its packs."""

    book: Rulebook
    instruments: Instruments
    versions: Mapping[str, str]
    folders: tuple[Path, ...]
    conflicts: tuple[Mapping[str, Any], ...] = ()
    #: pack → its rules, so that a finding can say from which day on a pack speaks
    rules_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: group of facts → (Chinese label, whether "none of it" may be declared)
    groups: Mapping[str, tuple[str, bool]] = field(default_factory=dict)

    @cached_property
    def first_day(self) -> date | None:
        """The first day on which any rule is in force."""
        return min((first for first, *_ in self.book.validity.values()), default=None)

    @cached_property
    def industries(self) -> Industries:
        """The industrial classification with its search, read when first asked for."""
        return Industries.load(self.folders[0] / "vocab" / "gbt4754.csv")


def default_packs() -> tuple[Path, ...]:
    """The packs that come with the software, nation before province."""
    here = Path(__file__).resolve()
    for root in (here.parents[1] / "packs_data", here.parents[3] / "packs"):
        if (root / "cn").is_dir():
            near = Path(os.path.relpath(root)) if root.is_relative_to(Path.cwd()) else root
            return near / "cn", near / "cn-shanxi"
    raise InputFault(Fault("P050", "找不到随软件安装的政策包", None, "用 `--packs 目录` 指明"))


def pack_digest(folder: Path) -> str:
    """SHA-256 over names and bytes of all files of a pack; cases, what proofs found, and the English change no answer and are left out."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_file() and not relative.startswith(("cases/", "english/")) and relative != "proofs.yaml":
            total.update(relative.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def load_book(folders: Iterable[Path] | None = None, extra_lists: Iterable[Path] = ()) -> Law:
    """Read and link packs; `extra_lists` are a user's own lists, which fill in what the packs leave open.

    Errors: one `InputFault` with all faults of all files.
    """
    paths = tuple(folders) if folders is not None else default_packs()
    faults: list[Fault] = []
    facts: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    lists: dict[str, Any] = {}
    decisions: dict[str, Any] = {}
    vocabularies: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    rules: dict[str, Rule] = {}
    versions: dict[str, str] = {}
    conflicts: list[Mapping[str, Any]] = []
    groups: dict[str, tuple[str, bool]] = {}
    efforts: dict[str, dict[str, Any]] = {}
    rules_of: dict[str, tuple[str, ...]] = {}
    transitions: dict[str, Any] = {}
    for folder in paths:
        named = _identity(folder, faults)
        versions.update(named)
        before = len(rules)
        for path in sorted((folder / "vocab").glob("*.csv")):
            if not path.stem.endswith("_synonyms"):
                vocabularies[path.stem] = read_vocabulary(path, faults)
        _merge(facts, folder.glob("facts/*.yaml"), read_facts, faults, "事实")
        _merge(parameters, folder.glob("parameters/**/*.yaml"), read_parameters, faults, "参数")
        _merge(lists, folder.glob("lists/*.yaml"), read_lists, faults, "名录")
        _merge(decisions, folder.glob("decisions.yaml"), read_decisions, faults, "决定")
        for path in folder.glob("transitions.yaml"):
            for name, entry in read_transitions(path, faults).items():
                if name in transitions:
                    told = f"衔接 `{name}` 重复（上一处 {transitions[name].place}）"
                    faults.append(Fault("P052", told, entry.place, "改名或删去一处"))
                transitions[name] = entry
        for path in sorted(folder.glob("rules/*.rules")):
            try:
                source = parse(read_text(path), str(path), faults)
            except InputFault as error:
                faults.extend(error.faults)
                continue
            _add(rules, ((rule.id, rule) for rule in source.rules), faults, "规则")
            _add(definitions, ((item.name, item) for item in source.definitions), faults, "定义")
        # What a pack rests on of its own: rules that cite only instruments of lower packs say nothing of its reach.
        own = {path.stem for path in (folder / "instruments").glob("*.yaml")}
        mine = [rule.id for rule in list(rules.values())[before:] if rule.cites[0].partition("#")[0] in own]
        rules_of.update(dict.fromkeys(named, tuple(mine)))
        for path in folder.glob("fact_groups.yaml"):
            for name, entry in entries(path, "groups", faults).items():
                more = {"fixed": "boolean", "cost": "integer", "act": ("move",)}
                group = take(entry, {"label": "text", "none_of": "boolean"}, more, faults=faults, what=f"分组 {name} ")  # type: ignore[arg-type]
                groups[name] = (group["label"] or name, bool(group["none_of"]))
                efforts[name] = read_efforts(name, entry, group, faults)
        for path in folder.glob("givens.yaml"):
            for name, spec in read_givens(path, facts, faults).items():
                facts[name] = spec
        for path in sorted(folder.glob("conflicts.yaml")):
            conflicts.extend(read_conflicts(path, faults))
    cited = tuple(lists.values())  # parameters are checked where their day of knowledge is looked up
    for path in extra_lists:
        for name, item in read_lists(path, faults).items():
            lists[name] = own_list(lists.get(name), item)
        # A user's list is part of the law that answers: findings name it, and verification notices when it changes.
        versions[f"list:{path.name}"] = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    # Where a file of declarations could not be read at all, every name that it declares would be complained of.
    unread = any(fault.code in _UNREAD for fault in faults)
    instruments = load_instruments(paths, faults)
    for name, spec in facts.items():
        if spec.group in efforts and not spec.fixed and spec.cost is None:
            facts[name] = replace(spec, **efforts[spec.group])
    book = Rulebook(facts, parameters, lists, decisions, vocabularies, definitions, rules)
    found: list[Fault] = []
    book = link(book, found)
    faults += [fault for fault in found if not unread or fault.code not in _MISSING]
    spans, endings, bounds = validity(book, instruments, faults)
    book = replace(
        book,
        parameters={name: known_values(spec, instruments, faults) for name, spec in book.parameters.items()},
        transitions=understand(transitions, book, instruments, faults),
    )
    _check_lists(lists, vocabularies, faults)
    for item in cited:
        for cite in item.cites:
            try:
                instruments.find(cite, item.at)
            except InputFault as error:
                faults.extend(error.faults)
    if not unread:
        resolve_conflicts(conflicts, rules, instruments, faults)
    if not faults:
        faults += check_groups(book, groups)
    for spec in facts.values():
        if groups and spec.group is not None and spec.group not in groups:
            faults.append(
                Fault("P053", f"事实 `{spec.id}` 的分组 `{spec.group}` 未声明", spec.at, "在 fact_groups.yaml 里声明")
            )
    if faults:
        raise InputFault(sorted(faults, key=lambda f: (str(f.place and f.place.file), (f.place and f.place.line) or 0)))
    book = replace(book, validity=spans, endings=endings, bounds=bounds)
    return Law(book, instruments, versions, paths, tuple(conflicts), rules_of, groups)


def _check_lists(lists: Mapping[str, Any], vocabularies: Mapping[str, Any], faults: list[Fault]) -> None:
    """Codes of lists must be codes of their vocabulary (P056)."""
    for item in lists.values():
        known = vocabularies.get(item.vocab)
        if known is None:
            faults.append(
                Fault(
                    "P056",
                    f"名录 `{item.id}` 的词表 `{item.vocab}` 不存在",
                    item.at,
                    f"可用：{'、'.join(vocabularies)}",
                )
            )
            continue
        for code in (*item.codes, *item.open_within):
            if code not in known.labels and code != "*":
                close = near(code, known.labels)
                faults.append(Fault("P056", f"名录 `{item.id}` 的代码 `{code}` 不在词表 `{item.vocab}` 里", item.at,
                                    f"相近的有：{'、'.join(close)}" if close else None))  # fmt: skip


_PACK_KEYS = ("id", "parent", "version", "languages", "horizon", "title")


def _identity(folder: Path, faults: list[Fault]) -> dict[str, str]:
    path = folder / "pack.toml"
    name = folder.name
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (OSError, ValueError) as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        place = Place(str(path), int(at[1]), int(at[2])) if at else Place(str(path))
        reason = error.strerror if isinstance(error, OSError) else error
        faults.append(Fault("P051", f"政策包没有可读的 pack.toml：{reason}", place, '写上 `id = "…"`，用 UTF-8 存'))
    else:
        for key in found:
            if key not in _PACK_KEYS:
                line = next(
                    (n for n, row in enumerate(text.splitlines(), 1) if re.match(rf"\[?\W*{re.escape(key)}\b", row)),
                    None,
                )
                close = near(key, _PACK_KEYS, 1)
                help = f"是否想写 `{close[0]}`？" if close else f"可用的键：{'、'.join(_PACK_KEYS)}"
                faults.append(Fault("P057", f"pack.toml 的键 `{key}` 不认识", Place(str(path), line, 1), help))
        if isinstance(found.get("id"), str) and found["id"]:
            name = found["id"]
        else:
            faults.append(Fault("P051", "pack.toml 没有写 `id`", Place(str(path)), '写上 `id = "…"`'))
    return {name: f"sha256:{pack_digest(folder)}"}


def _merge(
    into: dict[str, Any],
    paths: Iterable[Path],
    read: Callable[[Path, list[Fault]], dict[str, T]],
    faults: list[Fault],
    what: str,
) -> None:
    items = [item for path in sorted(paths) for item in read(path, faults).items()]
    # What adds to an item comes after the item, whatever the files are called.
    _add(into, sorted(items, key=lambda pair: bool(getattr(pair[1], "amends", False))), faults, what)


def _add(into: dict[str, Any], items: Iterable[tuple[str, Any]], faults: list[Fault], what: str) -> None:
    for name, item in items:
        if getattr(item, "amends", False):
            if name in into:
                into[name] = amended(into[name], item, faults)
                continue
            close = "、".join(near(name, into)) or f"去掉 `amends`，作为新的{what}"
            faults.append(Fault("P057", f"要补充的{what} `{name}` 不存在", item.at, close))
        if name in into:
            faults.append(Fault("P052", f"{what} `{name}` 重复（上一处 {into[name].at}）", item.at, "改名或删去一处"))
        else:
            into[name] = item
