"""Text of `.rules` files to rules and definitions, with every complaint placed.

The parser recovers at the next item, so that one run names all faults.  It knows the grammar only; whether
names exist and units fit is the checker's business (`greenrule.rules.link`).

Why our own and not a parser library: see docs/house/decisions/0002-own-parser.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from greenrule.core.errors import Fault, Place, near
from greenrule.rules.items import STRENGTHS, SUBJECTS, VERBS, Definition, Effect, Rule
from greenrule.rules.lexer import HEADS, Token, tokens
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Fact,
    In,
    Literal,
    Node,
    Not,
    Or,
    Parameter,
    Table,
    Undecided,
    Under,
)  # fmt: skip

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class _Stop(Exception):
    """Gives up the present item; its fault is already recorded."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one `.rules` file says."""

    rules: tuple[Rule, ...]
    definitions: tuple[Definition, ...]


class Parser:
    """A recursive-descent parser over one file."""

    def __init__(self, text: str, file: str, faults: list[Fault], line: int = 1, column: int = 1) -> None:
        self.file, self.faults = file, faults
        self.words = tokens(text, file, faults, line, column)
        self.index = 0

    # -- words ---------------------------------------------------------------------------------------------
    @property
    def word(self) -> Token:
        """The word under the cursor."""
        return self.words[self.index]

    def take(self) -> Token:
        """The word under the cursor, moving on."""
        word = self.word
        if word.sort != "end":
            self.index += 1
        return word

    def here(self, word: Token | None = None) -> Place:
        """Place of a word."""
        return (word or self.word).place(self.file)

    def fail(self, code: str, message: str, help: str | None = None, word: Token | None = None) -> _Stop:
        """Record a fault at a word and give up the item."""
        self.faults.append(Fault(code, message, self.here(word), help))
        return _Stop()

    def accept(self, *texts: str) -> Token | None:
        """The next word if it is one of the texts."""
        if self.word.text in texts and self.word.sort in ("name", "op"):
            return self.take()
        return None

    def expect(self, text: str) -> Token:
        """The next word, which must be the text."""
        word = self.accept(text)
        if word is None:
            raise self.fail("R002", f"此处应为 `{text}`，却是 `{self.word.text or '文件结尾'}`")
        return word

    def sort(self, sort: str, what: str) -> Token:
        """The next word, which must be of the sort."""
        if self.word.sort != sort:
            raise self.fail("R002", f"此处应为{what}，却是 `{self.word.text or '文件结尾'}`")
        return self.take()

    def string(self, what: str) -> str:
        """One or more adjacent quoted strings, joined."""
        parts = [self.sort("string", what)]
        while self.word.sort == "string":
            parts.append(self.take())
        return "".join(_unquote(part.text) for part in parts)

    # -- items ---------------------------------------------------------------------------------------------
    def source(self) -> Source:
        """The whole file."""
        rules: list[Rule] = []
        definitions: list[Definition] = []
        while self.word.sort != "end":
            try:
                if self.accept("rule"):
                    rules.append(self.rule())
                elif self.accept("define"):
                    definitions.append(self.definition())
                else:
                    raise self.fail(
                        "R003", f"条目应以 `rule` 或 `define` 开头，却是 `{self.word.text}`", self._did_you_mean()
                    )
            except _Stop:
                self.recover()
        return Source(tuple(rules), tuple(definitions))

    def recover(self) -> None:
        """Skip to the next item."""
        while self.word.sort != "end":
            if self.word.first and self.word.text in ("rule", "define"):
                return
            self.take()

    def _did_you_mean(self) -> str | None:
        found = near(self.word.text, HEADS)
        return f"是否想写 `{found[0]}`？" if found else None

    def definition(self) -> Definition:
        """`define NAME "title" = EXPRESSION`."""
        name = self.sort("name", "名称")
        title = self.string("带引号的中文说明")
        if not self.accept("="):
            self.expect("=")
        return Definition(name.text, title, self.expression(), self.here(name))

    def rule(self) -> Rule:
        """`rule ID "title"` and its lines."""
        name = self.sort("name", "规则编号")
        title = self.string("带引号的规则标题")
        lines: dict[str, object] = {}
        effects: list[Effect] = []
        notes: list[str] = []
        while self.word.sort != "end" and self.word.text not in ("rule", "define"):
            head = self.take()
            if head.sort != "name" or head.text not in HEADS:
                raise self.fail(
                    "R003", f"规则 `{name.text}` 里不认识的行首 `{head.text}`", _suggest(head.text, HEADS), head
                )
            if head.text in lines and head.text not in ("effect", "note"):
                raise self.fail("R004", f"规则 `{name.text}` 里 `{head.text}` 写了两次", "合并为一行", head)
            if head.text == "effect":
                effects.append(self.effect())
            elif head.text == "note":
                notes.append(self.string("带引号的说明"))
            else:
                lines[head.text] = _LINES[head.text](self)
        for need in ("subject", "when", "then", "strength", "cites"):
            if need not in lines:
                self.faults.append(
                    Fault("R005", f"规则 `{name.text}` 缺少 `{need}`", self.here(name), f"补上一行 `{need} …`")
                )
        if not effects:
            self.faults.append(
                Fault("R005", f"规则 `{name.text}` 缺少 `effect`", self.here(name), "补上一行 `effect 动词 决定`")
            )
        if not effects or any(need not in lines for need in ("subject", "when", "then", "strength", "cites")):
            raise _Stop
        period: tuple[date | None, date | None] = lines.get("in_force") or (None, None)  # type: ignore[assignment]
        return Rule(
            name.text, title, str(lines["subject"]), lines["when"], tuple(effects), str(lines["then"]),  # type: ignore[arg-type]
            str(lines["strength"]), lines["cites"], lines.get("due"), period[0], period[1],  # type: ignore[arg-type]
            lines.get("unless", ()), lines.get("overrides", ()), tuple(notes), self.here(name),  # type: ignore[arg-type]
            lines.get("replaces", ()), lines.get("recorded"),  # type: ignore[arg-type]
        )  # fmt: skip

    def effect(self) -> Effect:
        """`VERB DECISION` or `VERB DECISION = VALUE`."""
        verb = self.choice("动词", VERBS)
        decision = self.sort("name", "决定的名称")
        value = None
        if self.accept("="):
            value = self.code("决定的取值").text
        return Effect(verb, decision.text, value, self.here(decision))

    def choice(self, what: str, allowed: object) -> str:
        """A name out of a closed set."""
        word = self.sort("name", what)
        if word.text not in allowed:  # type: ignore[operator]
            raise self.fail("R006", f"不认识的{what} `{word.text}`", _suggest(word.text, allowed), word)
        return word.text

    def names(self) -> tuple[str, ...]:
        """A comma-separated list of names."""
        out = [self.sort("name", "编号").text]
        while self.accept(","):
            out.append(self.sort("name", "编号").text)
        return tuple(out)

    def period(self) -> tuple[date | None, date | None]:
        """`FROM ..`, `.. TO` or `FROM .. TO`."""
        start = self.day() if self.word.sort == "date" else None
        self.expect("..")
        return start, self.day() if self.word.sort == "date" else None

    def day(self) -> date:
        """An ISO date that exists in the calendar."""
        word = self.sort("date", "日期（YYYY-MM-DD）")
        try:
            return date.fromisoformat(word.text)
        except ValueError:
            raise self.fail("R007", f"没有这一天：{word.text}", "日期写作 YYYY-MM-DD", word) from None

    # -- expressions ---------------------------------------------------------------------------------------
    def expression(self) -> Node:
        """`or` binds loosest."""
        parts = [self.conjunction()]
        while self.accept("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts), at=parts[0].at)

    def conjunction(self) -> Node:
        """`and` of negations."""
        parts = [self.negation()]
        while self.accept("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts), at=parts[0].at)

    def negation(self) -> Node:
        """`not X` or a comparison."""
        word = self.accept("not")
        return Not(self.negation(), at=self.here(word)) if word else self.comparison()

    def comparison(self) -> Node:
        """A sum, compared or tested."""
        left = self.sum()
        word = self.word
        if word.sort == "op" and word.text in _COMPARISONS:
            self.take()
            return Compare(word.text, left, self.sum(), at=left.at)
        if word.text in ("is", "in", "under", "not") and word.sort == "name":
            return self.membership(left)
        return left

    def membership(self, left: Node) -> Node:
        """`F is c`, `F is not c`, `F in {…}`, `F not in {…}`, `F under […]`."""
        if not isinstance(left, Fact):
            raise self.fail("R002", f"`{self.word.text}` 左边应为事实或决定的名称")
        word = self.take()
        flip = word.text == "not" or bool(word.text == "is" and self.accept("not"))
        if word.text == "not":
            word = self.take()
            if word.text not in ("in", "under"):
                raise self.fail("R002", f"`not` 之后应为 `in` 或 `under`，却是 `{word.text}`", word=word)
        node: Node
        if word.text == "under":
            node = self.under(left)
        elif word.text == "is":
            node = In(left.id, (self.code("取值").text,), at=left.at)
        else:
            node = In(left.id, self.codes(), at=left.at)
        return Not(node, at=left.at) if flip else node

    def under(self, left: Fact) -> Node:
        """Right side of `under`: a code, a bracketed list, or `@list`."""
        if self.word.sort == "list":
            return Under(left.id, (), (), self.take().text[1:], at=left.at)
        return Under(left.id, self.codes() if self.word.text in "{[" else (self.code("代码").text,), at=left.at)

    def code(self, what: str) -> Token:
        """A code or value: a name, or digits kept as written."""
        if self.word.sort not in ("name", "number") or self.word.unit:
            raise self.fail("R002", f"此处应为{what}，却是 `{self.word.text}{self.word.unit}`")
        return self.take()

    def codes(self) -> tuple[str, ...]:
        """`{a, b}` or `[a, b]`."""
        if self.word.text not in ("{", "["):
            raise self.fail("R002", f"此处应为 `{{…}}` 或 `[…]`，却是 `{self.word.text}`")
        close = {"{": "}", "[": "]"}[self.take().text]
        out = [self.code("代码").text]
        while self.accept(","):
            if self.word.text == close:
                break
            out.append(self.code("代码").text)
        self.expect(close)
        return tuple(out)

    def sum(self) -> Node:
        """`+` and `-`."""
        left = self.product()
        while word := self.accept("+", "-"):
            left = Arithmetic(word.text, left, self.product(), at=left.at)
        return left

    def product(self) -> Node:
        """`*`."""
        left = self.atom()
        while self.accept("*"):
            left = Arithmetic("*", left, self.atom(), at=left.at)
        return left

    def atom(self) -> Node:
        """A name, a literal, a parameter, a call or something in parentheses."""
        word = self.take()
        at = self.here(word)
        if word.sort == "number":
            return Amount(Fraction(word.text), word.unit, at=at)
        if word.sort == "date":
            self.index -= 1
            return Day(self.day(), at=at)
        if word.sort == "parameter":
            return Parameter(word.text[1:], at=at)
        if word.text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        if word.text in ("true", "false"):
            return Literal(word.text == "true", at=at)
        if word.text in ("applies", "undecided", "table") and self.accept("("):
            return self.call(word)
        if word.sort == "name" and word.text not in HEADS:
            return Fact(word.text, at=at)
        raise self.fail("R002", f"此处应为表达式，却是 `{word.text or '文件结尾'}`", word=word)

    def call(self, word: Token) -> Node:
        """`applies(rule)`, `undecided("reason")`, `table($parameter, x)`."""
        at = self.here(word)
        node: Node
        if word.text == "applies":
            node = Applies(self.sort("name", "规则编号").text, at=at)
        elif word.text == "undecided":
            node = Undecided(self.string("带引号的理由"), at=at)
        else:
            parameter = self.sort("parameter", "参数（$…）").text[1:]
            self.expect(",")
            node = Table(parameter, self.sum(), at=at)
        self.expect(")")
        return node


_LINES: dict[str, Callable[[Parser], object]] = {
    "subject": lambda p: p.choice("主体", SUBJECTS),
    "when": Parser.expression,
    "then": lambda p: p.string("带引号的结果"),
    "due": lambda p: p.string("带引号的期限"),
    "strength": lambda p: p.choice("力度", STRENGTHS),
    "cites": Parser.names,
    "in_force": Parser.period,
    "recorded": Parser.day,
    "unless": Parser.names,
    "overrides": Parser.names,
    "replaces": Parser.names,
}


def _suggest(word: str, choices: object) -> str:
    found = near(word, choices)  # type: ignore[arg-type]
    listed = "、".join(sorted(choices))  # type: ignore[call-overload]
    return f"是否想写 `{found[0]}`？" if found else f"可用：{listed}"


def _unquote(text: str) -> str:
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def parse(text: str, file: str, faults: list[Fault]) -> Source:
    """Read a `.rules` text; faults are collected, never raised.

    >>> found = parse('define near "近" = distance < 1 公里', "a.rules", [])
    >>> found.definitions[0].name
    'near'
    """
    return Parser(text, file, faults).source()


def parse_expression(text: str, file: str, faults: list[Fault], line: int = 1, column: int = 1) -> Node | None:
    """Read one expression that stands at a line and column of a file; None when it has faults."""
    parser = Parser(text, file, faults, line, column)
    try:
        node = parser.expression()
        if parser.word.sort != "end":
            raise parser.fail("R002", f"表达式之后多出 `{parser.word.text}`")
    except _Stop:
        return None
    return node
