"""A machine visits, lowers or refuses every node, exactly one of them."""

from __future__ import annotations

import pytest

from greenrule.backends.base import Backend
from greenrule.backends.scalar import Program
from greenrule.backends.trace import Tracer
from greenrule.backends.writer import Writer
from greenrule.rules.nodes import KINDS, Literal, Not


def test_a_machine_with_a_gap_cannot_be_defined():
    """The gap is named."""
    with pytest.raises(TypeError, match="must visit, lower or refuse Literal"):
        type("Half", (Backend,), {"visit_Not": lambda self, node: None})


def test_lowered_nodes_are_rewritten_and_refused_ones_say_why():
    """The two other ways of dealing with a node."""
    visits = {f"visit_{kind.__name__}": (lambda self, node: node) for kind in KINDS if kind not in (Not, Literal)}
    machine = type(
        "Odd",
        (Backend,),
        {**visits, "lowered": {Not: lambda node: node.arg}, "refused": {Literal: "no constants here"}},
    )()

    with pytest.raises(TypeError, match="no constants here"):
        machine.run(Not(Literal(True)))


@pytest.mark.parametrize("machine", [Writer, Tracer])
def test_the_scalar_machines_refuse_nothing(machine):
    """Every kind of node is visited by the generated code and by the tracer."""
    assert not machine.refused
    assert all(hasattr(machine, f"visit_{kind.__name__}") for kind in KINDS)
    assert Program.__doc__
