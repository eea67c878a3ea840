"""What cannot be otherwise, whatever the policy: a provincial park is a park, what is added is no more than what there is.

Proofs and proposals of change look only at situations in which none of these statements is false.  `worlds.yaml` of a pack holds them;
they say how the vocabulary hangs together, never what a text demands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law
from greenrule.packs.declarations import entries
from greenrule.packs.marked import take
from greenrule.rules.link import link_condition
from greenrule.rules.nodes import Applies, Decided, Node
from greenrule.rules.parser import parse_expression


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: an expression that is never false of a project, and why."""

    id: str
    holds: Node
    why: str
    at: Place | None = None


def load_statements(law: Law) -> dict[str, Statement]:
    """The statements of all packs of a law.

    Errors: one `InputFault` with everything wrong: those of packs.marked and of the rule language; P100 an id twice · P101 a statement
    that rests on rules or decisions, which would make policy prove itself.
    """
    faults: list[Fault] = []
    out: dict[str, Statement] = {}
    for folder in law.folders:
        for path in sorted(folder.glob("worlds.yaml")):
            _read(law, path, out, faults)
    if faults:
        raise InputFault(faults)
    return out


def _read(law: Law, path: Path, out: dict[str, Statement], faults: list[Fault]) -> None:
    for name, entry in entries(path, "statements", faults).items():
        found = take(entry, {"holds": "text", "why": "text"}, {}, faults=faults, what=f"常理 {name} ")
        if found["holds"] is None or found["why"] is None:
            continue
        if name in out:
            faults.append(entry.fault("P121", f"常理 `{name}` 重复（上一处 {out[name].at}）", "两处留一处"))
            continue
        at = entry.mapping()["holds"].place
        node = parse_expression(found["holds"], str(path), faults, at.line or 1, int(at.column or 1))
        if node is None:
            continue
        node = link_condition(law.book, node, faults)
        if any(isinstance(part, (Applies, Decided)) for part in node.walk()):
            faults.append(Fault("P122", f"常理 `{name}` 引用了规则或决定", at, "只写事实之间的关系，不写政策"))
        out[name] = Statement(name, node, found["why"], entry.place)


def statement_nodes(statements: Mapping[str, Statement]) -> dict[str, Node]:
    """The expressions alone, as the solver takes them."""
    return {name: item.holds for name, item in statements.items()}
