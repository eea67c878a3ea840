"""Write rules back: as `.rules` text that parses to the same rule, and as a Chinese sentence.

`text(parse(text(rule))) == text(rule)` is tested for every rule of every pack, and so is that each sentence reads back to its
condition (`greenrule.rules.hearing`).
"""

from __future__ import annotations

from greenrule.core.units import number_text
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Definition, Effect, Rule
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Decided,
    Defined,
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

OP_ZH = {"<": "小于", "<=": "不超过", ">": "大于", ">=": "不小于", "==": "等于", "!=": "不等于"}
PLUS_ZH = {"+": "加", "-": "减", "*": "乘"}
_RANK = {Or: 1, And: 2, Not: 3}


def expression_text(node: Node) -> str:
    """An expression as `.rules` text."""
    match node:
        case Literal(value=value):
            return "true" if value else "false"
        case Undecided(reason=reason):
            return f"undecided({_quoted(reason)})"
        case Amount(value=value, unit=unit):
            return f"{number_text(value)} {unit}".strip()
        case Day(value=value):
            return value.isoformat()
        case Fact(id=name) | Defined(name=name):
            return name
        case Parameter(id=name):
            return f"${name}"
        case Table(parameter=name, arg=arg):
            return f"table(${name}, {expression_text(arg)})"
        case Applies(rule=rule):
            return f"applies({rule})"
        case Decided(decision=name, values=codes) | In(fact=name, codes=codes):
            return f"{name} is {codes[0]}" if len(codes) == 1 else f"{name} in {{{', '.join(codes)}}}"
        case Under(fact=fact, listed=str() as listed):
            return f"{fact} under @{listed}"
        case Under(fact=fact, codes=codes):
            return f"{fact} under {codes[0] if len(codes) == 1 else '{' + ', '.join(codes) + '}'}"
        case Compare(op=op, left=left, right=right):
            return f"{_wrap(left, 4)} {op} {_wrap(right, 4)}"
        case Arithmetic(op=op, left=left, right=right):
            inner = f"{_factor(left, op)} {op} {_factor(right, op, True)}"
            return inner
        case Not(arg=arg):
            return f"not {_wrap(arg, 3)}"
        case And(parts=parts):
            return " and ".join(_wrap(part, 3) for part in parts)
        case Or(parts=parts):
            return " or ".join(_wrap(part, 2) for part in parts)
    raise TypeError(f"cannot write {type(node).__name__}")


def _wrap(node: Node, least: int) -> str:
    text = expression_text(node)
    return f"({text})" if _RANK.get(type(node), 5) < least else text


def _factor(node: Node, op: str, right: bool = False) -> str:
    text = expression_text(node)
    looser = isinstance(node, Arithmetic) and (op == "*" or (right and op in "+-"))
    return f"({text})" if looser else text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rule_text(rule: Rule) -> str:
    """A rule as `.rules` text."""
    lines = [
        f"rule {rule.id} {_quoted(rule.title)}",
        f"  subject {rule.subject}",
        f"  when {expression_text(rule.when)}",
    ]
    lines += [f"  effect {effect}" for effect in rule.effects]
    lines.append(f"  then {_quoted(rule.then)}")
    if rule.due:
        lines.append(f"  due {_quoted(rule.due)}")
    lines += [f"  strength {rule.strength}", f"  cites {', '.join(rule.cites)}"]
    if rule.starts or rule.ends:
        lines.append(f"  in_force {rule.starts or ''} .. {rule.ends or ''}".rstrip())
    if rule.recorded:
        lines.append(f"  recorded {rule.recorded}")
    for word, names in (("unless", rule.unless), ("overrides", rule.overrides), ("replaces", rule.replaces)):
        if names:
            lines.append(f"  {word} {', '.join(names)}")
    lines += [f"  note {_quoted(note)}" for note in rule.notes]
    return "\n".join(lines) + "\n"


def definition_text(item: Definition) -> str:
    """A definition as `.rules` text."""
    return f"define {item.name} {_quoted(item.title)} = {expression_text(item.body)}\n"


def quoted(title: str) -> str:
    """A title in quotation marks; marks inside it become single ones (GB/T 15834-2011, 4.8.3).

    >>> quoted("“一本式”环评")
    '“‘一本式’环评”'
    """
    return f"“{title.replace('“', '‘').replace('”', '’')}”"


class Sentence:
    """Chinese sentences of one rulebook.

    `Sentence(book).rule(rule)` reads: 当〔条件〕时，〔结果〕。
    """

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._exceptions = book.all_exceptions()
        self._said: dict[str, str] = {}

    def rule(self, rule: Rule) -> str:
        """The rule as one sentence, exceptions named at its end."""
        if rule.id not in self._said:
            self._said[rule.id] = self._rule(rule)
        return self._said[rule.id]

    def _rule(self, rule: Rule) -> str:
        text = f"当{self.say(rule.when)}时，{rule.then.rstrip('。')}"
        exceptions = [self.book.rules[name].title for name in self._exceptions.get(rule.id, ())]
        if exceptions:
            text += f"；但{''.join(quoted(title) for title in exceptions)}另有规定的除外"
        return text + "。"

    def effect(self, effect: Effect) -> str:
        """An effect as a short phrase."""
        decision = self.book.decisions[effect.decision]
        verbs = {**decision.verbs, **decision.replacing}
        value = effect.value if effect.value is not None else verbs.get(effect.verb)
        return f"{decision.zh}：{dict(decision.values).get(value or '', value or '')}".rstrip("：")

    def say(self, node: Node) -> str:
        """An expression in words."""
        match node:
            case Literal(value=value):
                return "任何情形" if value else "无此情形"
            case Undecided(reason=reason):
                return f"（原文未定：{reason}）"
            case Amount(value=value, unit=unit):
                return f"{number_text(value)} {unit}".strip()
            case Day(value=value):
                return f"{value.year}年{value.month}月{value.day}日"
            case Fact(id=name):
                return self.book.facts[name].zh
            case Defined(name=name):
                return self.book.definitions[name].title
            case Parameter(id=name):
                return self.book.parameters[name].zh
            case Table(parameter=name, arg=arg):
                return f"按{self.say(arg)}查{quoted(self.book.parameters[name].zh)}"
            case Applies(rule=rule):
                return f"适用{quoted(self.book.rules[rule].title)}"
            case Decided(decision=name, values=codes):
                decision = self.book.decisions[name]
                return f"{decision.zh}为{'或'.join(dict(decision.values)[code] for code in codes)}"
            case In(fact=fact, codes=codes) | Under(fact=fact, codes=codes, listed=None):
                return self._members(fact, codes, isinstance(node, In))
            case Under(fact=fact, listed=str() as listed):
                return f"{self.book.facts[fact].zh}属{quoted(self.book.lists[listed].title)}"
            case Compare(op=op, left=left, right=right):
                return f"{self.say(left)}{OP_ZH[op]}{self.say(right)}"
            case Arithmetic(op=op, left=left, right=right):
                return f"{self._term(left, op)}{PLUS_ZH[op]}{self._term(right, op, True)}"
            case Not(arg=arg):
                return f"并非（{self.say(arg)}）" if isinstance(arg, (And, Or)) else f"并非{self.say(arg)}"
            case And(parts=parts):
                return "，且".join(f"（{self.say(p)}）" if isinstance(p, (And, Or)) else self.say(p) for p in parts)
            case Or(parts=parts):
                return "，或".join(f"（{self.say(p)}）" if isinstance(p, (And, Or)) else self.say(p) for p in parts)
        raise TypeError(f"cannot say {type(node).__name__}")

    def _term(self, node: Node, op: str, right: bool = False) -> str:
        looser = isinstance(node, Arithmetic) and (op == "*" or (right and op in "+-"))
        return f"（{self.say(node)}）" if looser else self.say(node)

    def _members(self, fact: str, codes: tuple[str, ...], flat: bool) -> str:
        spec = self.book.facts[fact]
        labels = self.book.vocabularies[spec.kind.vocab or ""].labels
        names = "、".join(labels.get(code, code) if flat else f"{labels.get(code, code)}（{code}）" for code in codes)
        return f"{spec.zh}为{names}"
