"""Write a project down as a file that `read_projects` reads back to the same project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greenrule.casework.writing import write_bytes
from greenrule.core.errors import Fault, InputFault, Place

#: Keys in the order in which people write them.
_ORDER = ("name", "on", "industry", "nature", "location", "facts", "none_of")


def write_project(path: Path, raw: Mapping[str, Any]) -> None:
    """A project as YAML or JSON, by the ending of the file name; J033 for another ending, D001 where it cannot be written."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        text = json.dumps(dict(raw), ensure_ascii=False, indent=2) + "\n"
    elif suffix in (".yaml", ".yml"):
        text = project_text(raw)
    else:
        raise InputFault(Fault("J033", f"项目文件不能写成 `{suffix}`", Place(str(path)), "用 .yaml 或 .json"))
    write_bytes(path, text.encode("utf-8"))


def project_text(raw: Mapping[str, Any]) -> str:
    """A project as YAML.

    >>> print(project_text({"name": "甲", "industry": ["2521"], "facts": {"burns_coal": True}}), end="")
    name: "甲"
    industry: ["2521"]
    facts:
      burns_coal: 是
    """
    lines = []
    for key in (*_ORDER, *(key for key in raw if key not in _ORDER)):
        if key not in raw:
            continue
        value = raw[key]
        if key == "facts" and isinstance(value, Mapping):
            lines.append("facts:" if value else "facts: {}")
            lines += [f"  {_scalar(name)}: {_scalar(item)}" for name, item in value.items()]
        else:
            lines.append(f"{key}: {value if key == 'on' else _scalar(value)}")
    return "\n".join(lines) + "\n"


def _scalar(value: Any) -> str:
    """A value as YAML: JSON is a part of it; truths in the words of people, and plain ids without quotation marks."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and value.replace("_", "a").replace(".", "a").isascii() and value[:1].isalpha():
        plain = value.replace("_", "").replace(".", "").isalnum()
        return value if plain and value.lower() not in _RESERVED else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


_RESERVED = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
