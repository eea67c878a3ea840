"""Which facts may be declared away: "nothing of this group" must never make a rule hold by itself.

A fact that a rule reads negated (`not coal_substitution.complete`) makes the rule hold when it is declared false, unless the
rule also needs some stated fact of the same group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from greenrule.core.errors import Fault
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import And, Compare, Defined, Fact, Node, Not, Or


def literals(book: Rulebook, node: Node, positive: bool = True) -> Iterator[tuple[str, bool]]:
    """Facts of an expression with the sign under which they are read (comparisons with `<` count as negative)."""
    match node:
        case Fact(id=name):
            yield name, positive
        case Not(arg=arg):
            yield from literals(book, arg, not positive)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from literals(book, part, positive)
        case Defined(name=name):
            yield from literals(book, book.definitions[name].body, positive)
        case Compare(op=op, left=left):
            for part in left.walk():
                if isinstance(part, Fact):
                    yield part.id, positive == (op in (">", ">=", "!="))


def conjuncts(book: Rulebook, node: Node) -> Iterator[Node]:
    """Parts that must all hold, definitions opened."""
    if isinstance(node, And):
        for part in node.parts:
            yield from conjuncts(book, part)
    elif isinstance(node, Defined) and isinstance(book.definitions[node.name].body, And):
        yield from conjuncts(book, book.definitions[node.name].body)
    else:
        yield node


def check_groups(book: Rulebook, groups: Mapping[str, tuple[str, bool]]) -> list[Fault]:
    """Facts in "none of it" groups whose absence would make an access rule hold (P054)."""
    faults = []
    for rule in book.rules.values():
        if not any(effect.decision == "access" for effect in rule.effects):
            continue
        parts = list(conjuncts(book, rule.when))
        guards = {book.facts[name].group for part in parts for name, sign in literals(book, part) if sign}
        for name, sign in literals(book, rule.when):
            group = book.facts[name].group
            if not sign and group is not None and groups.get(group, ("", False))[1] and group not in guards:
                message = f"规则 `{rule.id}` 在 `{name}` 为否时成立，它却在可申报“均无”的分组 `{group}` 里"
                faults.append(Fault("P054", message, book.facts[name].at, "换到不可申报“均无”的分组，如 conformity"))
    return faults
