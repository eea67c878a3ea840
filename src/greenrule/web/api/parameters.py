"""What is wrong with a parameter of a request, in words: which one, and what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greenrule.core.errors import Fault
from greenrule.core.tongue import language, said

#: Kinds of errors of the reader of parameters, and what is told; words in braces are the error's own limits.
_TOLD: Mapping[str, str] = {
    "missing": "没有给出", "extra_forbidden": "没有这一项",
    "int_parsing": "应是整数", "int_type": "应是整数", "int_from_float": "应是整数", "int_parsing_size": "数太大",
    "float_parsing": "应是数", "float_type": "应是数", "finite_number": "应是有限的数",
    "bool_parsing": "应是 true 或 false", "bool_type": "应是 true 或 false", "string_type": "应是文字", "none_required": "应为空",
    "date_parsing": "应是日期，如 2026-11-21", "date_type": "应是日期，如 2026-11-21", "date_from_datetime_parsing": "应是日期，如 2026-11-21",
    "date_from_datetime_inexact": "应是日期，如 2026-11-21", "uuid_parsing": "不是有效的编号",
    "greater_than_equal": "不应小于 {ge}", "greater_than": "应大于 {gt}", "less_than_equal": "不应大于 {le}", "less_than": "应小于 {lt}",
    "string_too_short": "至少 {min_length} 个字", "string_too_long": "至多 {max_length} 个字",
    "string_pattern_mismatch": "写法不对，应符合 {pattern}",
    "too_short": "至少 {min_length} 项", "too_long": "至多 {max_length} 项",
    "list_type": "应是一组", "dict_type": "应是一个对象", "model_attributes_type": "应是一个对象", "model_type": "应是一个对象",
    "literal_error": "只能是 {expected}", "enum": "只能是 {expected}",
}  # fmt: skip
#: Where a parameter stands; inside a body the framework names the view's own argument next.
_PARTS = frozenset({"query", "path", "body", "form", "file", "header", "cookie"})


def faults(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """A fault for each error.

    >>> [fault.message for fault in faults([{"type": "missing", "loc": ("query", "lat")}])]
    ['lat：没有给出']
    >>> faults([{"type": "less_than_equal", "loc": ("body", "wanted", "days"), "ctx": {"le": 366}}])[0].message
    'days：不应大于 366'
    """
    return [
        Fault("WEB010", f"{_name(item.get('loc', ()))}：{_told(item)}", None, "核对接口文档 /api/v1/openapi.json")
        for item in errors
    ]


def _name(parts: Sequence[Any]) -> str:
    """A parameter as whoever asks has written it: without what only the framework knows."""
    names = [str(part) for part in parts]
    if names and names[0] in _PARTS:
        names = names[2:] if names[0] == "body" else names[1:]
    return ".".join(names) or said("请求体")


def _told(item: Mapping[str, Any]) -> str:
    text = _TOLD.get(str(item.get("type")))
    if text is None or language() == "en":  # the reader of parameters speaks English
        return str(item.get("msg", ""))
    limits = {name: str(value).replace(" or ", " 或 ") for name, value in (item.get("ctx") or {}).items()}
    try:
        return text.format(**limits)
    except KeyError:
        return str(item.get("msg", ""))
