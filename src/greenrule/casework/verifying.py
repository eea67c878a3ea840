"""Recompute a finding offline and say whether it is the same, or what differs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.casework.sealing import sealed
from greenrule.core.errors import Fault, InputFault, Place


def read_finding(path: Path) -> dict[str, Any]:
    """A finding from a file; V001 not there, V002 not a finding."""
    help = "给出 `greenrule screen --format json` 的输出"
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        told = "没有这个文件" if missing else f"文件读不出来：{error.strerror}"
        raise InputFault(
            Fault("V001", told, Place(str(path)), "检查路径" if missing else "检查路径和文件权限")
        ) from None
    except json.JSONDecodeError as error:
        raise InputFault(
            Fault("V002", f"不是 JSON：{error.msg}", Place(str(path), error.lineno, error.colno), help)
        ) from None
    except (ValueError, RecursionError) as error:  # not UTF-8, endless digits, endless nesting
        raise InputFault(Fault("V002", f"不是 JSON：{error}", Place(str(path)), help)) from None
    kinds = {"project": dict, "decision": str, "digest": str, "versions": dict, "reasons": list}
    wrong = [key for key, kind in kinds.items() if not isinstance(found, dict) or not isinstance(found.get(key), kind)]
    if wrong or not all(isinstance(reason, dict) for reason in found["reasons"]):
        told = f"不是一份审查结论：{'、'.join(wrong) or 'reasons'} 缺失或不是应有的样子"
        raise InputFault(Fault("V002", told, Place(str(path)), help))
    try:
        known_day(found)
    except (TypeError, ValueError):
        said = found["versions"]["known"]
        raise InputFault(
            Fault("V002", f"versions.known 的值 `{said}` 不是日期", Place(str(path)), "日期写作 YYYY-MM-DD")
        ) from None
    finding: dict[str, Any] = found
    return finding


def known_day(finding: dict[str, Any]) -> date | None:
    """The day as known on which the finding was made, if it was asked for one."""
    known = finding["versions"].get("known")
    return date.fromisoformat(known) if known else None


def verify(finding: dict[str, Any], screener: Screener, *, everything: bool | None = None) -> list[dict[str, Any]]:
    """What differs between a finding and its recomputation: nothing when it is byte for byte the same.

    Each difference is {"path", "said", "found"}; a tampered digest shows as path `digest`.
    """
    whole = (
        any(reason.get("state") == "false" for reason in finding.get("reasons", []))
        if everything is None
        else everything
    )
    out: list[dict[str, Any]] = []
    own = sealed(dict(finding))["digest"]
    if own != finding["digest"]:
        out.append({"path": "digest", "said": finding["digest"], "found": own})
    # Where a shape was mended the finding says so; it was let through then and is let through, and told, again.
    pinned = finding["versions"].get("layers")
    if isinstance(pinned, dict):
        screener = replace(screener, pinned=pinned, _grounds={})
    again = screener.screen(project_from(finding["project"], screener.law), everything=whole, repair=True)
    _compare(
        "", json.loads(json.dumps(finding, ensure_ascii=False)), json.loads(json.dumps(again, ensure_ascii=False)), out
    )
    return out


#: What names an item of a list, first that fits: an item is compared with its namesake, wherever it stands.
_NAMES = ("rule", "fact", "id", "code")


def _compare(path: str, said: Any, found: Any, out: list[dict[str, Any]]) -> None:
    if path == "digest":
        return
    if isinstance(said, dict) and isinstance(found, dict):
        for key in sorted(set(said) | set(found)):
            _compare(f"{path}.{key}".lstrip("."), said.get(key), found.get(key), out)
    elif isinstance(said, list) and isinstance(found, list) and (pairs := _namesakes(said, found)):
        one, other = pairs
        for key in (*one, *(key for key in other if key not in one)):
            _compare(f"{path}[{key}]", one.get(key), other.get(key), out)
        before, after = [key for key in one if key in other], [key for key in other if key in one]
        if before != after:
            out.append({"path": f"{path} 的次序", "said": before, "found": after})
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for index, (one, other) in enumerate(zip(said, found, strict=True)):
            _compare(f"{path}[{index}]", one, other, out)
    elif said != found:
        out.append({"path": path, "said": said, "found": found})


def _namesakes(said: list[Any], found: list[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both lists by name, under the first key that all items of both have."""
    for key in _NAMES:
        if all(isinstance(item, dict) and isinstance(item.get(key), str) for item in (*said, *found)):
            return _by_name(said, key), _by_name(found, key)
    return None


def _by_name(items: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Items by name; a rule that says two things stands twice, the second time as `rule 2`."""
    named: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for item in items:
        times[item[key]] += 1
        named[item[key] if times[item[key]] == 1 else f"{item[key]} {times[item[key]]}"] = item
    return named
