"""How a clause is called, in English: `第（二十四）条` is `article (24)`; what the clause says stays Chinese."""

from __future__ import annotations

import re

_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九")}
_NUMBER = r"(?:[0-9]+|[零一二三四五六七八九十百]+)"
_UNITS = {
    "编": "book", "部分": "part", "章": "chapter", "节": "section", "条": "article", "款": "paragraph", "项": "item", "段": "paragraph",
    "类": "class", "号修改单": "amendment no.", "列": "column",
}  # fmt: skip
_NAMED = {
    "任务": "task",
    "专栏": "box",
    "说明": "note",
    "表": "table",
    "附录": "appendix",
    "附件": "annex",
    "注": "note",
}
_WHOLE = {
    "引言": "introduction", "前言": "foreword", "结语": "closing", "鼓励类": "encouraged class", "限制类": "restricted class",
    "淘汰类": "elimination class", "代码表": "code table", "编码规则": "coding rules", "字段": "fields", "附则": "supplementary provisions",
}  # fmt: skip
_TOKEN = re.compile(
    rf"第(?P<bracket>（?)(?P<number>{_NUMBER})）?(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
    rf"|(?P<name>{'|'.join(_NAMED)})(?P<named>{_NUMBER}(?:\.[0-9]+)*|[A-Z])"
    rf"|（(?P<point>{_NUMBER})）|(?P<roman>[ⅠⅡⅢⅣⅤ])类|(?P<bare>[0-9]+)\.?|(?P<plain>[一二三四五六七八九十]+)|(?P<whole>{'|'.join(_WHOLE)})"
)


def clause_in_english(label: str) -> str:
    """A label of a clause in English; one that is written otherwise stays as it is.

    >>> [clause_in_english(label) for label in ("第（二十四）条", "任务21第二段", "第二章（二）1.", "第7条第1项", "Ⅲ类")]
    ['article (24)', 'task 21, paragraph 2', 'chapter 2 (2) 1', 'article 7, item 1', 'class Ⅲ']
    """
    out, at = "", 0
    for found in _TOKEN.finditer(label):
        if found.start() != at:
            return label
        at = found.end()
        told = _token(found)
        loose = found["point"] or found["bare"] or found["plain"]
        out += (" " if loose else ", ") + told if out else told
    return out if at == len(label) else label


def _token(found: re.Match[str]) -> str:
    if unit := found["unit"]:
        number = f"({_value(found['number'])})" if found["bracket"] else _value(found["number"])
        return f"{_UNITS[unit]} {number}"
    if name := found["name"]:
        return f"{_NAMED[name]} {_value(found['named'])}"
    if found["point"]:
        return f"({_value(found['point'])})"
    if found["roman"]:
        return f"class {found['roman']}"
    return _WHOLE[found["whole"]] if found["whole"] else _value(found["bare"] or found["plain"])


def _value(number: str) -> str:
    """A number written in characters as digits: 二十四 is 24."""
    if not set(number) <= {*_DIGITS, "十", "百"}:
        return number
    total = digit = 0
    for sign in number:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
    return str(total + digit)
