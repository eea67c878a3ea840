"""Files that other platforms give and take, since their live interfaces are closed: kinds, schemas of our own reading, and checks.

A file is checked whole against its schema and every fault is told with its path; what a schema cannot say (codes, places, projects)
is checked by whoever imports it, before anything is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from greenrule.casework.report_html import template_text
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.store.layers import DEMO_MARK

#: Kind → (label, what may be done with it).
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "zoning-units": ("分区管控单元（国家平台字段）", ("export", "import")),
    "service-applications": ("政务服务平台办件", ("import",)),
    "service-results": ("政务服务平台研判结果", ("export",)),
}
FORMAT = "greenrule-exchange"
MOST_BYTES = 200 * 1024 * 1024
_MOST_FAULTS = 200


def kind_named(name: str, way: str | None = None) -> str:
    """The kind, where there is one that can go that way (`export`, `import`); InputFault ADP001, ADP002 otherwise."""
    if name not in KINDS:
        close = near(name, KINDS, 1)
        told = f"是否想写 `{close[0]}`？" if close else f"可用：{'、'.join(KINDS)}"
        raise InputFault(Fault("ADP001", f"没有 `{name}` 这种交换文件", None, told))
    if way is not None and way not in KINDS[name][1]:
        fit = [item for item, (_, ways) in KINDS.items() if way in ways]
        word = {"export": "导出", "import": "导入"}[way]
        raise InputFault(Fault("ADP002", f"{KINDS[name][0]}不能{word}", None, f"可{word}：{'、'.join(fit)}"))
    return name


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind, marked as our own reading."""
    found: dict[str, Any] = json.loads(template_text(f"exchange-{kind_named(kind)}.schema.json"))
    return found


def envelope(kind: str, made: date, demo: bool, **content: Any) -> dict[str, Any]:
    """A document of a kind; demonstration data say so."""
    head: dict[str, Any] = {"format": FORMAT, "version": 1, "kind": kind, "made": made.isoformat()}
    return {**head, **({"notice": DEMO_MARK} if demo else {}), **content}


def read_file(path: Path) -> dict[str, Any]:
    """A file as a checked document.

    Raises InputFault: ADP010 no such file, empty or too large · those of `read_document`.
    """
    place = Place(str(path))
    try:
        size = path.stat().st_size
        data = path.read_bytes() if 0 < size <= MOST_BYTES else b""
    except OSError as error:
        raise InputFault(Fault("ADP010", f"文件读不出来：{error.strerror}", place, "检查路径和权限")) from None
    if not data:
        told = "文件是空的" if size == 0 else f"文件超过 {MOST_BYTES // 1024 // 1024} MB"
        raise InputFault(Fault("ADP010", told, place, "检查文件，或分成几个"))
    return read_document(data, str(path))


def read_document(data: bytes, name: str) -> dict[str, Any]:
    """Bytes as a checked document of the kind that it states.

    Raises InputFault with all faults: ADP011 no JSON, a name twice, a number that is none · ADP012 another format or kind ·
    ADP013 what does not fit the schema, each with its path.
    """
    place = Place(name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) < len(pairs):
            twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
            raise ValueError(f"键 `{twice}` 写了两次")
        return out

    def no_number(text: str) -> None:
        raise ValueError(f"`{text}` 不是数")

    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=no_number)
    except UnicodeDecodeError:
        raise InputFault(Fault("ADP011", "文件不是 UTF-8", place, "用 UTF-8 另存")) from None
    except json.JSONDecodeError as error:
        at = Place(name, error.lineno, error.colno)
        raise InputFault(Fault("ADP011", f"不是 JSON：{error.msg}", at, "检查逗号、引号和括号")) from None
    except (ValueError, RecursionError) as error:
        raise InputFault(Fault("ADP011", f"不是可用的 JSON：{error}"[:300], place, "改正后重试")) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("kind") not in tuple(KINDS):
        told = f'顶层写 "format": "{FORMAT}" 和 "kind"：{"、".join(KINDS)}'
        raise InputFault(Fault("ADP012", "不是本软件的交换文件", place, told))
    faults = schema_faults(found, name)
    if faults:
        raise InputFault(faults)
    return found


def schema_faults(document: Mapping[str, Any], name: str) -> list[Fault]:
    """What does not fit the schema of the document's kind, in the order of the document, each with its path."""
    import jsonschema

    checker = jsonschema.Draft202012Validator(
        schema(str(document["kind"])), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    errors = sorted(checker.iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    faults = [fault for error in errors[:_MOST_FAULTS] for fault in _said(error, name)]
    if len(errors) > _MOST_FAULTS:
        faults.append(Fault("ADP013", f"另有 {len(errors) - _MOST_FAULTS} 处", Place(name), "先改正以上各处"))
    return faults


def path_of(parts: Any) -> str:
    """A place in a document as people write it.

    >>> path_of(["applications", 3, "project"])
    'applications[3].project'
    """
    out = ""
    for part in parts:
        out += f"[{part}]" if isinstance(part, int) else f"{'.' if out else ''}{part}"
    return out


def _said(error: Any, name: str) -> list[Fault]:
    where = path_of(error.absolute_path) or "顶层"
    place = Place(f"{name}#{where}")
    value, rule = error.instance, error.validator_value
    shown = json.dumps(value, ensure_ascii=False, default=str)[:60]
    match error.validator:
        case "required":
            missing = [key for key in rule if key not in value]
            return [Fault("ADP013", f"{where} 缺少 `{missing[0]}`", place, "补上这一项")] if missing else []
        case "additionalProperties":
            known = list(error.schema.get("properties", {}))
            extra = [key for key in value if key not in known]
            return [
                Fault("ADP013", f"{where} 有不认识的键 `{key}`", place, f"是否想写 `{close[0]}`？" if (close := near(key, known, 1)) else f"可用：{'、'.join(known)}")
                for key in extra
            ]  # fmt: skip
        case "type":
            wanted = "、".join(rule) if isinstance(rule, list) else rule
            return [Fault("ADP013", f"{where} 的值 {shown} 类型不对", place, f"应为 {wanted}")]
        case "enum" | "const":
            options = rule if isinstance(rule, list) else [rule]
            return [Fault("ADP013", f"{where} 的值 {shown} 不能用", place, f"可用：{'、'.join(map(str, options))}")]
        case "format":
            return [Fault("ADP013", f"{where} 的值 {shown} 不是日期", place, "写成 2026-11-21")]
        case "pattern":
            return [Fault("ADP013", f"{where} 的值 {shown} 写法不对", place, f"应合 {rule}")]
        case "minItems" | "maxItems" | "minLength" | "maxLength" | "minimum":
            words = {
                "minItems": "项数不能少于",
                "maxItems": "项数不能多于",
                "minLength": "字数不能少于",
                "maxLength": "字数不能多于",
                "minimum": "不能小于",
            }
            return [Fault("ADP013", f"{where} {words[error.validator]} {rule}", place, "改正后重试")]
    return [Fault("ADP013", f"{where} 不合格式：{error.message[:200]}", place, "见 `greenrule exchange schema`")]
