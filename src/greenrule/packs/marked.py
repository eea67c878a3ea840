"""YAML that remembers where everything stands, read strictly.

A pack is law written by hand, so a slip must be shown at its line, and nothing may be guessed:

* only `true`/`false` are booleans (`on`, `off`, `yes`, `no` are words), `null`, `~` and nothing are the empty value;
* a number with a leading zero (`0610`), with `_`, `:` or `0x` is a code and stays text;
* a date is `2024-03-06` and must exist in the calendar;
* duplicate keys, aliases, merge keys, tags and keys that are not text are faults.

Source: YAML 1.2 core schema (https://yaml.org/spec/1.2.2/, chapter 10.3), narrowed as above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place, near

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
}
_QUOTED = {"'", '"', "|", ">"}
_DEEPEST = 64  # a pack file is never this deep; without the bound a hostile file exhausts the stack

_KIND_WORD = {
    "text": "文本",
    "number": "数值",
    "integer": "整数",
    "date": "日期（如 2024-03-06）",
    "boolean": "true 或 false",
    "mapping": "键值表",
    "sequence": "列表",
    "texts": "文本的列表",
}

Scalar = str | int | float | bool | date | None
Kind = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A YAML value with its place.

    `value` is a scalar, a list of Marked or a dict of Marked; `raw` is a scalar as it was written.

    >>> doc = parse_marked("code: 0610\\nnature: no\\nfrom: 2024-03-06", "x.yaml")
    >>> doc.plain()
    {'code': '0610', 'nature': 'no', 'from': datetime.date(2024, 3, 6)}
    >>> str(doc.mapping()["nature"].place), str(doc.key_places["nature"])
    ('x.yaml:2:9', 'x.yaml:2:1')
    """

    value: Scalar | list[Marked] | dict[str, Marked]
    place: Place
    raw: str | None = None
    key_places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`mapping`, `sequence`, `text`, `integer`, `number`, `date`, `boolean` or `null`."""
        value = self.value
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "boolean"
        for name, kinds in (("mapping", dict), ("sequence", list), ("text", str), ("integer", int), ("date", date)):
            if isinstance(value, kinds):
                return name
        return "number"

    def fault(self, code: str, message: str, help: str | None = None) -> Fault:
        """A fault that sits at this value."""
        return Fault(code, message, self.place, help)

    def mapping(self) -> dict[str, Marked]:
        """Key → value; raises InputFault P012 where this is not a mapping."""
        if isinstance(self.value, dict):
            return self.value
        raise InputFault(self._wrong("mapping"))

    def sequence(self) -> list[Marked]:
        """The items; raises InputFault P012 where this is not a list."""
        if isinstance(self.value, list):
            return self.value
        raise InputFault(self._wrong("sequence"))

    def text(self) -> str:
        """A scalar exactly as it was written, so that `code: 2521` and `code: 0610` read alike."""
        if self.raw is not None and self.value is not None:
            return self.raw
        raise InputFault(self._wrong("text"))

    def number(self) -> int | float:
        """A plain number without unit; a quantity with a unit is text and belongs to core.units."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return self.value
        raise InputFault(self._wrong("number"))

    def integer(self) -> int:
        """A whole number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise InputFault(self._wrong("integer"))

    def date(self) -> date:
        """A calendar date."""
        if isinstance(self.value, date):
            return self.value
        raise InputFault(self._wrong("date"))

    def boolean(self) -> bool:
        """`true` or `false`."""
        if isinstance(self.value, bool):
            return self.value
        raise InputFault(self._wrong("boolean"))

    def texts(self) -> list[str]:
        """A list of texts; a single text is a list of one."""
        if self.raw is not None and self.value is not None:
            return [self.raw]
        return [item.text() for item in self.sequence()]

    def plain(self) -> Any:
        """The whole tree as plain Python: dict, list, str, int, float, bool, date, None."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def walk(self) -> Iterator[Marked]:
        """This value and every value below it, in the order of the file."""
        yield self
        below = list(self.value.values()) if isinstance(self.value, dict) else self.value
        if isinstance(below, list):
            for item in below:
                yield from item.walk()

    def _wrong(self, wanted: str) -> Fault:
        found = "空值" if self.value is None else _KIND_WORD[self.kind]
        if self.raw and self.value is not None:
            found += f" `{self.raw[:40]}`"
        return self.fault("P012", f"这里应为{_KIND_WORD[wanted]}，写的是{found}", f"改写成{_KIND_WORD[wanted]}")


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, a byte order mark dropped.

    P001 no such file · P002 not UTF-8.  EnvironmentFault P009: cannot be read.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputFault(Fault("P001", "没有这个文件", Place(str(path)), "检查路径")) from None
    except OSError as error:
        raise EnvironmentFault(
            Fault("P009", f"文件读不出来：{error.strerror}", Place(str(path)), "检查文件权限与磁盘")
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputFault(Fault("P002", "文件不是 UTF-8 编码", Place(str(path), line), "另存为 UTF-8")) from None


def load_marked(path: Path) -> Marked:
    """Read a YAML (or JSON) file in UTF-8; raises InputFault with every fault of form in it.

    Errors: those of `read_text`; P003 syntax · P004 empty · P005 alias, merge key, tag, depth or key that is not text ·
    P006 duplicate key · P007 a date that does not exist.
    """
    return parse_marked(read_text(path), str(path))


def parse_marked(text: str, file: str | None = None) -> Marked:
    """Read YAML from text; `file` is the name that faults show.

    >>> parse_marked("a: 1\\na: 2", "x.yaml")
    Traceback (most recent call last):
    ...
    greenrule.core.errors.InputFault: P006 x.yaml:2:1 键 `a` 重复（上一处 x.yaml:1:1）
    help: 两处留一处
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _bound_depth(yaml, loader, text, file)
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        said = "，".join(part for part in (error.context, error.problem) if part)
        raise InputFault(Fault("P003", f"YAML 语法错误：{said}", place, "检查缩进、冒号后的空格和引号")) from None
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0]
        raise InputFault(Fault("P003", f"YAML 语法错误：{said}", Place(file), "删去不可见的控制字符")) from None
    if node is None:
        raise InputFault(Fault("P004", "文件是空的", Place(file), "至少写一个键"))
    builder = _Builder(file, yaml)
    tree = builder.build(node)
    if builder.faults:
        raise InputFault(builder.faults)
    return tree


def _bound_depth(yaml: Any, loader: Any, text: str, file: str | None) -> None:
    # The C composer recurses on the machine stack: look at the events first, they are produced without recursion.
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                mark = event.start_mark
                place = Place(file, mark.line + 1, mark.column + 1)
                raise InputFault(Fault("P005", f"嵌套超过 {_DEEPEST} 层", place, "拆成几个文件"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns composed nodes into Marked values and collects the faults of form."""

    def __init__(self, file: str | None, yaml: Any) -> None:
        self.file = file
        self.yaml = yaml
        self.faults: list[Fault] = []
        self.seen: set[int] = set()

    def build(self, node: Any) -> Marked:
        place = Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
        if id(node) in self.seen:
            self.faults.append(Fault("P005", "不支持别名（*）", place, "把内容写两遍，或放进一张表再引用其编号"))
            return Marked(None, place)
        self.seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            self.faults.append(Fault("P005", f"不支持标签 `{node.tag}`", place, "去掉标签"))
        if isinstance(node, self.yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, self.yaml.SequenceNode):
            return Marked([self.build(item) for item in node.value], place)
        return Marked(self.scalar(node, place), place, node.value)

    def mapping(self, node: Any, place: Place) -> Marked:
        values: dict[str, Marked] = {}
        key_places: dict[str, Place] = {}
        for key_node, value_node in node.value:
            at = Place(self.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            value = self.build(value_node)
            if not isinstance(key_node, self.yaml.ScalarNode) or not key_node.value:
                self.faults.append(Fault("P005", "键必须是文本", at, "键写成一个词"))
                continue
            key = str(key_node.value)
            if key == "<<" and key_node.style not in _QUOTED:
                self.faults.append(Fault("P005", "不支持合并键 `<<`", at, "把各键写全"))
            elif key in values:
                self.faults.append(Fault("P006", f"键 `{key}` 重复（上一处 {key_places[key]}）", at, "两处留一处"))
            else:
                values[key] = value
                key_places[key] = at
        return Marked(values, place, None, key_places)

    def scalar(self, node: Any, place: Place) -> Scalar:
        raw: str = node.value
        if node.style in _QUOTED:
            return raw
        if raw in ("", "~", "null"):
            return None
        if raw in ("true", "false"):
            return raw == "true"
        if (
            _INTEGER.fullmatch(raw) and len(raw) <= 400
        ):  # longer ones are no numbers of a policy, and int() refuses them
            return int(raw)
        if _REAL.fullmatch(raw):
            return float(raw)
        if _DATE.fullmatch(raw):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                self.faults.append(Fault("P007", f"没有 `{raw}` 这一天", place, "日期写成 年-月-日，如 2024-03-06"))
        return raw


def take(
    marked: Marked,
    required: Mapping[str, Kind] | None = None,
    optional: Mapping[str, Kind] | None = None,
    *,
    faults: list[Fault],
    what: str = "",
) -> dict[str, Any]:
    """The declared keys of a mapping, converted; whatever is wrong is added to `faults`, nothing is raised.

    A kind is `text`, `number`, `integer`, `date`, `boolean`, `texts` (one text or a list of texts), `mapping`
    (dict of Marked), `sequence` (list of Marked), `any` (the Marked itself), or a tuple of words: a closed list.
    Every declared key is in the answer, None where it is absent, empty or wrong.  `what` names the thing in messages.
    P010 unknown key · P011 missing or empty key · P012 wrong kind · P013 not in the closed list.

    >>> faults: list[Fault] = []
    >>> doc = parse_marked("tilte: 甲\\nrank: x", "v.yaml")
    >>> take(doc, {"title": "text"}, {"rank": "integer"}, faults=faults)
    {'title': None, 'rank': None}
    >>> [fault.code for fault in faults]
    ['P010', 'P011', 'P012']
    """
    required, optional = required or {}, optional or {}
    out: dict[str, Any] = dict.fromkeys((*required, *optional))
    if not isinstance(marked.value, dict):
        faults.append(marked._wrong("mapping"))
        return out
    whose = f"{what}的" if what else ""
    for key in marked.value:
        if key not in out:
            close = near(key, [name for name in out if name not in marked.value] or list(out), 1)
            hint = f"是否想写 `{close[0]}`？" if close else f"可用的键：{'、'.join(out)}"
            faults.append(Fault("P010", f"{whose}键 `{key}` 不认识", marked.key_places.get(key), hint))
    for key, kind in {**required, **optional}.items():
        item = marked.value.get(key)
        if item is None:
            if key in required:
                faults.append(marked.fault("P011", f"{whose}键 `{key}` 缺失", f"补写 `{key}:`"))
        elif item.value is None:
            if key in required:
                faults.append(item.fault("P011", f"{whose}键 `{key}` 是空的", f"给 `{key}` 写上值"))
            elif kind == "any":
                out[key] = item
        else:
            out[key] = _convert(item, kind, key, faults)
    return out


def _convert(item: Marked, kind: Kind, key: str, faults: list[Fault]) -> Any:
    if kind == "any":
        return item
    try:
        if isinstance(kind, tuple):
            word = item.text()
            if word in kind:
                return word
            close = near(word, kind, 1)
            hint = f"是否想写 `{close[0]}`？" if close else f"可用的值：{'、'.join(kind)}"
            faults.append(item.fault("P013", f"`{key}` 的值 `{word}` 不在可用的值里", hint))
            return None
        return getattr(item, kind)()
    except InputFault as error:
        faults.extend(error.faults)
        return None
