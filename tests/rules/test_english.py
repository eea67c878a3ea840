"""The English writer says every node of the language, whatever has no label."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from greenrule.rules.english import EnglishSentence, Words
from greenrule.rules.nodes import KINDS, And, Fact, Node, Not, Or
from tests.strategies import book, expressions, rulebooks

BOOK = book()
SAY = EnglishSentence(BOOK, Words())


@given(node=expressions)
@settings(max_examples=300, deadline=None)
def test_every_expression_is_said(node: Node) -> None:
    """Total over the kinds of nodes: nothing raises, nothing is empty."""
    assert SAY.say(node).strip()


def test_a_new_kind_of_node_is_refused_by_name_not_skipped() -> None:
    with pytest.raises(TypeError, match="Node"):
        SAY.say(Node())
    assert len(KINDS) == 17  # a further kind needs its English


def test_what_was_bracketed_stays_bracketed() -> None:
    facts = [Fact(name) for name, spec in BOOK.facts.items() if spec.kind.form == "truth"][:3]
    one, other = facts[0], facts[-1]
    told = SAY.say(And((one, Or((other, Not(one))))))
    assert told == f"{SAY.say(one)}, and ({SAY.say(other)}, or not ({SAY.say(one)}))"


@given(made=rulebooks())
@settings(max_examples=40, deadline=None)
def test_whole_rules_are_said_with_their_exceptions(made) -> None:
    say = EnglishSentence(made, Words(rules={name: (f"T {name}", f"then {name}") for name in made.rules}))
    for item in made.rules.values():
        told = say.rule(item)
        assert f"then {item.id}" in told
        for name in made.exceptions(item.id):
            assert f"“T {name}”" in told
