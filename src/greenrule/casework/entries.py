"""Projects written as YAML or JSON: entries with the place of every value, whatever is wrong told with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.packs.marked import Marked, parse_marked

#: Keys of a project, as the contract names them.
KEYS = ("name", "on", "industry", "nature", "location", "facts", "none_of")
#: Place of each key of an entry; "" is the entry itself.
Places = Mapping[str, Place]
#: Characters that no report, sheet or record can carry.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LONG_DIGITS = re.compile("[0-9]{1000}")
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def read_bytes(path: Path) -> bytes:
    """The bytes of a project file; EnvironmentFault J009 where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(
            Fault("J009", f"文件读不出来：{error.strerror}", Place(str(path)), "检查文件权限与磁盘")
        ) from None


def read_documents(path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    """The projects of a YAML or JSON file, one or a list of them, each with the places of its keys.

    What stands in one entry is added to `faults` (J010, P007); what makes the file unreadable is raised: J002 not UTF-8 ·
    J007 control characters · J008 endless digits · P003–P006 syntax and form.
    """
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = Place(str(path), data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start))
        help = "像是 GBK 编码；用编辑器另存为 UTF-8" if _is_gbk(data) else "用编辑器另存为 UTF-8"
        raise InputFault(Fault("J002", "文件不是 UTF-8 编码", at, help)) from None
    for pattern, code, said, help in (
        (CONTROL, "J007", "有不可见的控制字符", "删去它；文件若是别的格式，换成 YAML 或 JSON"),
        (_LONG_DIGITS, "J008", "有一串上千位的数字", "核对这个数"),
    ):
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise InputFault(
                Fault(code, said, Place(str(path), line, found.start() - text.rfind("\n", 0, found.start())), help)
            )
    if path.suffix.lower() == ".json":
        text = _json_text(text, path)
    document = _parsed(text, path, faults)
    out: list[tuple[dict[str, Any], Places]] = []
    for item in document.value if isinstance(document.value, list) else [document]:
        if isinstance(item.value, dict):
            out.append((_value(item), _places(item)))
        else:
            faults.append(item.fault("J010", "一个项目应是键值表", "从 `name: 项目名称` 写起"))
    return out


def _parsed(text: str, path: Path, faults: list[Fault]) -> Marked:
    """The tree; days that do not exist are noted and read on as if nothing stood there, so that the rest is checked too."""
    try:
        return parse_marked(text, str(path))
    except InputFault as error:
        if any(fault.code != "P007" for fault in error.faults):
            raise
        faults.extend(error.faults)
        lines = text.split("\n")
        for fault in error.faults:
            at = fault.place or Place(str(path))
            row, column = (at.line or 1) - 1, int(at.column or 1) - 1
            lines[row] = lines[row][:column] + "~".ljust(10) + lines[row][column + 10 :]
        return parse_marked("\n".join(lines), str(path))


def _is_gbk(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _json_text(text: str, path: Path) -> str:
    """JSON is read by the YAML reader, for the places; what only one of the two allows is dealt with here."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        at = Place(str(path), error.lineno, error.colno)
        raise InputFault(Fault("P003", f"JSON 语法错误：{error.msg}", at, "检查引号、逗号和括号")) from None
    except (RecursionError, ValueError):
        pass  # too deep or too long: the reader says where
    # Characters beyond the first plane are two escapes in JSON; YAML knows one escape per character.
    return _PAIR.sub(lambda m: m[1] + chr(0x10000 + ((int(m[2], 16) & 0x3FF) << 10) + (int(m[3], 16) & 0x3FF)), text)


def _value(marked: Marked) -> Any:
    """Plain value, but scalars that are codes or quantities keep the writer's text (0610 is not 610)."""
    if isinstance(marked.value, dict):
        return {key: _value(item) for key, item in marked.value.items()}
    if isinstance(marked.value, list):
        return [_value(item) for item in marked.value]
    return marked.value


def _places(marked: Marked) -> dict[str, Place]:
    out = {"": marked.place}
    if isinstance(marked.value, dict):
        for key, item in marked.value.items():
            out[key] = item.place
            if key in ("facts", "location") and isinstance(item.value, dict):
                out.update({f"{key}.{name}": inner.place for name, inner in item.value.items()})
    return out
