"""Every fault code that `src` raises, read from the source: code, message, help, module.

A code means one thing: it belongs to one module, or stands in `SHARED` with the one meaning that its modules share.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.markdown import page, table

from greenrule.core.tongue import fault_words

SOURCE = Path(__file__).resolve().parents[1] / "src" / "greenrule"

#: Codes that more than one module raises, with the one meaning they share.  A code that is not here belongs to one module.
SHARED = {
    "A055": "no observations there",
    "DOC001": "no document there",
    "DOC003": "a document that is too large, or unpacks to too much",
    "DOC005": "a document of a kind that is not read",
    "DOC006": "a document that cannot be opened",
    "DOC007": "a document with a password",
    "H040": "a header or a sheet of a reduction list that cannot be understood",
    "H043": "an amount of a reduction list that cannot be",
    "J002": "a project file without content that can be read",
    "J003": "a project file that is too large, or unpacks to too much",
    "J004": "a project file of another kind than it should be",
    "J009": "a project file that the machine does not let us read",
    "J020": "no fact of that name",
    "J026": "not a date",
    "P003": "a document that cannot be parsed",
    "P023": "no instrument of that name",
    "P025": "a reference to what is not registered",
    "SITE001": "the place is given in no way, or in more than one",
    "W001": "the folder is not empty",
    "W003": "a version that this program does not know",
    "WEB004": "the folder is not a workspace",
}

_CODE = re.compile(r"[A-Z]{1,5}\d{3}")


@dataclass(frozen=True)
class Raised:
    """One place in the source where a fault is made."""

    code: str
    message: str
    help: str
    module: str
    line: int


def _words(node: ast.expr | None, known: Mapping[str, list[ast.expr]]) -> str:
    """A string expression as text; what is only known at run time shows as ‹name›; `known` are a function's own names."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_words(part, known) for part in parts)
        case ast.FormattedValue(value=inner):
            name = ast.unparse(inner)
            return f"‹{name}›" if len(name) < 24 and not isinstance(inner, ast.IfExp) and "'" not in name else "‹…›"
        case ast.IfExp(body=one, orelse=other):
            return " / ".join(dict.fromkeys(text for text in (_words(one, known), _words(other, known)) if text))
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _words(left, known) + _words(right, known)
        case ast.Name(id=name) if name in known:
            rest = {key: values for key, values in known.items() if key != name}
            return " / ".join(dict.fromkeys(text for value in known[name] if (text := _words(value, rest))))
        case None | ast.Constant(value=None):
            return ""
    return "‹…›"


def _own_names(function: ast.AST) -> dict[str, list[ast.expr]]:
    """Name → what a function assigns to it."""
    out: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    out[target.id].append(node.value)
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    out.update({name.id: [*out[name.id], value] for name, value in zip(target.elts, node.value.elts, strict=False)
                                if isinstance(name, ast.Name)})  # fmt: skip
    return out


def _code_at(call: ast.Call) -> int | None:
    """Which of the first two arguments is a fault code."""
    for at, arg in enumerate(call.args[:2]):
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and _CODE.fullmatch(arg.value):
            return at
    return None


def faults_raised() -> list[Raised]:
    """Every call in `src` that names a fault code: `Fault("J001", …)`, `….fault("P040", …)`, `complain("R010", …)`."""
    out = []
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        # The innermost function comes last, so its names win.
        inside = {id(node): function for function in functions for node in ast.walk(function)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            at = _code_at(call)
            if at is None:
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            known = _own_names(inside[id(call)]) if id(call) in inside else {}
            rest = call.args[at + 1 :]
            named = {word.arg: word.value for word in call.keywords}
            message = _words(rest[0] if rest else named.get("message"), known)
            # `Fault(code, message, place, help)`; what makes faults at a place it knows takes (code, message[, node], help).
            help = named.get("help") or (
                rest[2] if len(rest) > 2 else rest[1] if len(rest) == 2 and name == "fault" else None
            )
            told = _words(help, known)
            if name == "missing":  # the linker's own maker: (code, sort of thing, name, choices, where)
                message, told = f"没有名为 `‹name›` 的{message}", ""
            code = call.args[at]
            assert isinstance(code, ast.Constant)
            out.append(Raised(str(code.value), message, told, module, call.lineno))
    return sorted(out, key=lambda item: (item.code, item.module, item.line))


def two_meanings(raised: Iterable[Raised]) -> list[str]:
    """Codes that several modules use without being declared as shared, and shared codes that no longer are."""
    modules: dict[str, set[str]] = defaultdict(set)
    for item in raised:
        modules[item.code].add(item.module)
    out = [
        f"{code}: {', '.join(sorted(where))}"
        for code, where in sorted(modules.items())
        if len(where) > 1 and code not in SHARED
    ]
    return out + [
        f"{code}: declared as shared, used by {len(modules[code])} module(s)"
        for code in sorted(SHARED)
        if len(modules[code]) < 2
    ]


_FAMILIES = {
    "A": "Air observations and their evaluation",
    "AT": "Air targets, bulletins, charts",
    "BND": "Citations bound to documents",
    "C": "Cases of a pack",
    "CRS": "Reference systems",
    "D": "Writing files, demonstration data, reports",
    "DMS": "Degrees, minutes, seconds",
    "DOC": "Documents",
    "DSK": "The officer's desk",
    "F": "Tables of the air desk, the outlook",
    "FIL": "Filings",
    "GEO": "GeoJSON by hand",
    "H": "Heavy-pollution episodes",
    "I": "Emission inventories",
    "J": "Projects",
    "K": "Clusters",
    "LAY": "Importing layers",
    "OPS": "Running a server: audit, backup",
    "P": "Packs",
    "R": "Rules",
    "SEC": "Accounts and people",
    "SITE": "Sites",
    "T": "The atlas, and neighbours that disagree",
    "V": "Verifying",
    "VEC": "Vector files",
    "W": "Workspaces",
    "WEB": "The server",
}


def errors_page() -> str:
    """`errors.md`: every fault code with its messages, the module that raises it, and what to do."""
    families: dict[str, dict[str, list[Raised]]] = defaultdict(lambda: defaultdict(list))
    for item in faults_raised():
        families[item.code.rstrip("0123456789")][item.code].append(item)
    parts = []
    for family in sorted(families):
        rows = []
        for code, items in sorted(families[family].items()):
            messages = "<br>".join(dict.fromkeys(item.message for item in items))
            helps = "<br>".join(dict.fromkeys(item.help for item in items if item.help.strip("‹…›")))
            modules = "<br>".join(dict.fromkeys(f"`{item.module}`" for item in items))
            told = fault_words().get(code, {})
            english = " ".join(f"{told[key].rstrip('.')}." for key in ("message", "help") if told.get(key))
            rows.append([f"`{code}`", messages, helps, english, modules])
        parts.append(
            f"## {family} {_FAMILIES.get(family, '')}".rstrip()
            + "\n\n"
            + table(("code", "message", "help", "in English", "raised by"), rows)
        )
    lead = (
        "A fault prints as `CODE file:line:column message`, then a `help:` line that says what to do. One run names every "
        "fault it can find. ‹…› marks what is filled in when the fault is raised. Where English is asked for, the sentence of the code is "
        "told and the Chinese, which names what is at stake, stands beside it."
    )
    return page("Fault codes", lead, *parts)
