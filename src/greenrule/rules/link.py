"""Check a rulebook whole and resolve its names: every complaint at once, each with its place.

Kinds and units are compared here, at load, so that no machine ever meets a capacity compared with a length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from greenrule.core.errors import Fault, near
from greenrule.core.units import UnitError, factor
from greenrule.rules.book import FactSpec, Rulebook
from greenrule.rules.items import Definition, Effect, Rule
from greenrule.rules.kinds import DATE, NUMBER, TRUTH, Kind
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


def link(book: Rulebook, faults: list[Fault]) -> Rulebook:
    """The rulebook with all names resolved and an evaluation order; faults are collected."""
    linker = _Linker(book, faults)
    definitions = {d.name: replace(d, body=linker.truth(d.body)) for d in book.definitions.values()}
    rules = {rule.id: linker.rule(rule) for rule in book.rules.values()}
    facts = {spec.id: linker.fact_spec(spec) for spec in book.facts.values()}
    linked = replace(book, definitions=definitions, rules=rules, facts=facts)
    return replace(linked, order=evaluation_order(linked, faults))


def link_condition(book: Rulebook, node: Node, faults: list[Fault]) -> Node:
    """An expression of kind truth with its names resolved in a linked book; faults (R01x) are collected."""
    return _Linker(book, faults).truth(node)


class _Linker:
    def __init__(self, book: Rulebook, faults: list[Fault]) -> None:
        self.book, self.faults = book, faults

    def complain(self, code: str, message: str, at: Node | Effect | Rule | FactSpec, help: str | None = None) -> None:
        self.faults.append(Fault(code, message, at.at, help))

    def missing(self, code: str, what: str, name: str, choices: Iterable[str], at: Node | Effect | Rule) -> None:
        found = near(name, choices)
        self.complain(
            code, f"没有名为 `{name}` 的{what}", at, f"相近的有：{'、'.join(found)}" if found else f"先声明这个{what}"
        )

    # -- items ---------------------------------------------------------------------------------------------
    def rule(self, rule: Rule) -> Rule:
        for other in (*rule.unless, *rule.overrides, *rule.replaces):
            if other not in self.book.rules:
                self.missing("R020", "规则", other, self.book.rules, rule)
        for effect in rule.effects:
            self.effect(effect)
        return replace(rule, when=self.truth(rule.when))

    def effect(self, effect: Effect) -> None:
        decision = self.book.decisions.get(effect.decision)
        if decision is None:
            self.missing("R021", "决定", effect.decision, self.book.decisions, effect)
            return
        verbs = {**decision.verbs, **decision.replacing}
        if effect.verb not in verbs:
            self.complain(
                "R022", f"决定 `{decision.id}` 不用动词 `{effect.verb}`", effect, f"可用：{'、'.join(verbs) or '无'}"
            )
        elif decision.values:
            value = effect.value if effect.value is not None else verbs[effect.verb]
            if value is None:
                self.complain("R023", f"`{effect.verb} {decision.id}` 需要取值", effect, "写成 `= 取值`")
            elif value not in dict(decision.values):
                self.missing("R024", f"`{decision.id}` 的取值", value, dict(decision.values), effect)

    def fact_spec(self, spec: FactSpec) -> FactSpec:
        derived = []
        for item in spec.derive:
            value, kind = self.node(item.value)
            if not _same(kind, spec.kind) and not (isinstance(item.value, Fact) and spec.kind.form == "category"):
                self.complain("R012", f"`{spec.id}` 是{spec.kind.zh}，推导式却给出{kind.zh}", item.value)
            derived.append(replace(item, value=value, when=self.truth(item.when) if item.when else None))
        return replace(spec, derive=tuple(derived))

    # -- expressions ---------------------------------------------------------------------------------------
    def truth(self, node: Node) -> Node:
        new, kind = self.node(node)
        if kind.form != "truth":
            self.complain("R011", f"条件应为真值，这里却是{kind.zh}", node, "是否漏写了比较，如 `>= 90 万吨/年`？")
        return new

    def node(self, node: Node) -> tuple[Node, Kind]:
        match node:
            case Literal() | Undecided():
                return node, TRUTH
            case Day():
                return node, DATE
            case Amount():
                return node, self.amount(node)
            case Fact():
                return self.name(node)
            case Parameter() | Table():
                return self.parameter(node)
            case Applies():
                if node.rule not in self.book.rules:
                    self.missing("R020", "规则", node.rule, self.book.rules, node)
                return node, TRUTH
            case In():
                return self.membership(node), TRUTH
            case Under():
                return self.under(node), TRUTH
            case Not():
                return replace(node, arg=self.truth(node.arg)), TRUTH
            case And() | Or():
                return replace(node, parts=tuple(self.truth(part) for part in node.parts)), TRUTH
            case Compare():
                return self.compare(node), TRUTH
            case Arithmetic():
                return self.arithmetic(node)
            case _:  # Defined and Decided are made here, never parsed
                return node, TRUTH

    def amount(self, node: Amount) -> Kind:
        if not node.unit:
            return NUMBER
        try:
            dimension = factor(node.unit)[0]
        except UnitError as error:
            self.complain("R010", str(error), node, "单位写法见 docs/reference/units.md，例如 万吨/年、千瓦、蒸吨/小时")
            return NUMBER
        return NUMBER if dimension == "1" else Kind("quantity", dimension=dimension)

    def name(self, node: Fact) -> tuple[Node, Kind]:
        if node.id in self.book.definitions:
            return Defined(node.id, at=node.at), TRUTH
        spec = self.book.facts.get(node.id)
        if spec is None:
            self.missing("R013", "事实或定义", node.id, [*self.book.facts, *self.book.definitions], node)
            return node, TRUTH
        return node, spec.kind

    def parameter(self, node: Parameter | Table) -> tuple[Node, Kind]:
        name = node.id if isinstance(node, Parameter) else node.parameter
        spec = self.book.parameters.get(name)
        if spec is None:
            self.missing("R014", "参数", name, self.book.parameters, node)
            return node, NUMBER
        if isinstance(node, Table):
            arg, kind = self.node(node.arg)
            if not spec.table or spec.argument is None:
                self.complain(
                    "R015", f"参数 `{name}` 不是分段表", node, "用 `$名称` 直接引用，或在参数文件中写 `table:`"
                )
            elif not _same(kind, spec.argument):
                self.complain("R012", f"分段表 `{name}` 按{spec.argument.zh}查取，这里却是{kind.zh}", node.arg)
            return replace(node, arg=arg), spec.kind
        if spec.table:
            self.complain("R015", f"参数 `{name}` 是分段表", node, f"写成 `table(${name}, 事实)`")
        return node, spec.kind

    def membership(self, node: In) -> Node:
        decision = self.book.decisions.get(node.fact)
        if decision is not None:
            for code in node.codes:
                if code not in dict(decision.values):
                    self.missing("R024", f"`{decision.id}` 的取值", code, dict(decision.values), node)
            return Decided(node.fact, node.codes, at=node.at)
        spec = self.book.facts.get(node.fact)
        if spec is None:
            self.missing("R013", "事实或决定", node.fact, [*self.book.facts, *self.book.decisions], node)
        elif spec.kind.form != "category":
            hint = "集合用 `under`" if spec.kind.form == "set" else "真值直接写名称，量用比较"
            self.complain("R016", f"`is`/`in` 用于类别，`{node.fact}` 却是{spec.kind.zh}", node, hint)
        else:
            self.codes(node.codes, spec, node)
        return node

    def under(self, node: Under) -> Node:
        spec = self.book.facts.get(node.fact)
        if spec is None:
            self.missing("R013", "事实", node.fact, self.book.facts, node)
            return node
        if spec.kind.form not in ("set", "category"):
            self.complain("R016", f"`under` 用于集合或类别，`{node.fact}` 却是{spec.kind.zh}", node)
            return node
        if node.listed is not None:
            listed = self.book.lists.get(node.listed)
            if listed is None:
                self.missing("R017", "名录", node.listed, self.book.lists, node)
                return node
            if listed.vocab != spec.kind.vocab:
                self.complain(
                    "R016", f"名录 `{listed.id}` 属词表 `{listed.vocab}`，`{spec.id}` 属 `{spec.kind.vocab}`", node
                )
            node = replace(node, codes=listed.codes, open_codes=listed.open_within)
        else:
            self.codes(node.codes, spec, node)
        return node

    def codes(self, codes: Iterable[str], spec: FactSpec, at: Node) -> None:
        vocabulary = self.book.vocabularies.get(spec.kind.vocab or "")
        if vocabulary is None:
            self.complain("R018", f"事实 `{spec.id}` 的词表 `{spec.kind.vocab}` 不存在", at)
            return
        for code in codes:
            if code not in vocabulary.labels and code != "*":
                self.missing("R019", f"词表 `{vocabulary.id}` 的代码", code, vocabulary.labels, at)

    def compare(self, node: Compare) -> Node:
        left, kind = self.node(node.left)
        right, other = self.node(node.right)
        if not _same(kind, other):
            self.complain("R012", f"不能比较：左边是{kind.zh}，右边是{other.zh}", node, "检查单位与事实的量纲")
        elif kind.form not in ("quantity", "number", "date"):
            self.complain("R016", f"`{node.op}` 不能用于{kind.zh}", node, "类别用 `is`，真值直接写名称")
        return replace(node, left=left, right=right)

    def arithmetic(self, node: Arithmetic) -> tuple[Node, Kind]:
        left, kind = self.node(node.left)
        right, other = self.node(node.right)
        new = replace(node, left=left, right=right)
        if {kind.form, other.form} - {"quantity", "number"}:
            self.complain("R016", f"`{node.op}` 不能用于{kind.zh}与{other.zh}", node)
        elif node.op == "*":
            if kind.form == "quantity" and other.form == "quantity":
                self.complain("R012", "两个带单位的量不能相乘", node, "其中一个应为无单位的数")
            return new, kind if kind.form == "quantity" else other
        elif not _same(kind, other):
            self.complain("R012", f"不能相{'加' if node.op == '+' else '减'}：{kind.zh}与{other.zh}", node)
        return new, kind


def _same(kind: Kind, other: Kind) -> bool:
    return kind.form == other.form and (kind.form != "quantity" or kind.dimension == other.dimension)


def reads(book: Rulebook, item: Rule | Definition, exceptions: Mapping[str, tuple[str, ...]] | None = None) -> set[str]:
    """Rules, definitions and `decision:` marks that must be known before an item can be evaluated."""
    body = item.when if isinstance(item, Rule) else item.body
    found: set[str] = set()
    for node in body.walk():
        if isinstance(node, Applies):
            found.add(node.rule)
        elif isinstance(node, Defined):
            found.add(node.name)
        elif isinstance(node, Decided):
            found.add(f"decision:{node.decision}")
    if isinstance(item, Rule):
        found.update((book.all_exceptions() if exceptions is None else exceptions).get(item.id, ()))
    return found


def evaluation_order(book: Rulebook, faults: list[Fault]) -> tuple[str, ...]:
    """Rules, definitions and decisions, each after what it reads; a cycle is a fault that names its members."""
    needs: dict[str, set[str]] = {}
    exceptions = book.all_exceptions()
    items: dict[str, Rule | Definition] = {**book.definitions, **book.rules}
    for name, item in items.items():
        needs[name] = {
            other
            for other in reads(book, item, exceptions)
            if other.startswith("decision:") or other in book.rules or other in book.definitions
        }
    for decision in book.decisions.values():
        rules = {
            rule.id for rule in book.rules.values() if any(effect.decision == decision.id for effect in rule.effects)
        }
        needs[f"decision:{decision.id}"] = rules | ({f"decision:{decision.base}"} if decision.base else set())
    out: list[str] = []
    state: dict[str, int] = {}
    for root in needs:
        _visit(root, needs, state, out, [], book, faults)
    return tuple(out)


def _visit(
    name: str,
    needs: dict[str, set[str]],
    state: dict[str, int],
    out: list[str],
    path: list[str],
    book: Rulebook,
    faults: list[Fault],
) -> None:
    if state.get(name) == 2:
        return
    if state.get(name) == 1:
        cycle = [*path[path.index(name) :], name]
        item = next(
            (book.rules.get(step) or book.definitions.get(step) for step in cycle if not step.startswith("decision:")),
            None,
        )
        faults.append(
            Fault(
                "R025",
                f"规则循环：{' → '.join(cycle)}",
                item.at if item else None,
                "去掉其中一个 `applies`、`unless` 或对决定的引用",
            )
        )
        return
    state[name] = 1
    for other in sorted(needs.get(name, ())):
        _visit(other, needs, state, out, [*path, name], book, faults)
    state[name] = 2
    out.append(name)
