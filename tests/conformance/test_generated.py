"""Every machine reads generated rulebooks in incomplete worlds as the scalar machine does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.machines import MACHINES, REFERENCE, Reading
from tests.conformance.rulebooks import wide_rulebooks, wide_worlds
from tests.strategies import ON, rulebooks, worlds


def same(machine, book, worlds, on=ON, known=None) -> list[Reading]:
    """The machine's readings, compared with the reference's in all that it can; returns the reference's."""
    said, found = REFERENCE.read(book, on, known, worlds), machine.read(book, on, known, worlds)
    for one, other in zip(said, found, strict=True):
        for part in sorted(machine.can):
            assert getattr(one, part) == getattr(other, part), part
    return said


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_whole_language(machine, data):
    """Derived facts, exceptions, otherwise-rows, definitions, layered decisions, rules on decisions, validity, tables."""
    book = data.draw(wide_rulebooks())
    on = data.draw(st.sampled_from((ON, date(2024, 1, 1))))
    known = data.draw(st.sampled_from((None, date(2025, 12, 31))))
    same(machine, book, data.draw(st.lists(wide_worlds(), min_size=1, max_size=8)), on, known)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
@given(book=rulebooks(), ask=st.lists(worlds(), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_rules_and_exceptions(machine, book, ask):
    """The rulebooks that the scalar machine and the tracer are held equal on."""
    same(machine, book, ask)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_suite_would_notice(machine):
    """A machine that says something else is caught: the suite compares, it does not nod."""
    from tests.strategies import Fact, book, rule

    linked = book(rule("r", Fact("a")))
    readings = same(machine, linked, [{"a": True}, {"a": False}, {}])
    assert [reading.truths["r"] for reading in readings] == [2, 0, 1]
    assert [reading.outcomes["access"].word for reading in readings] == ["prohibited", "allowed", "undetermined"]

    class Liar(type(machine)):
        def read(self, book, on, known, worlds):
            found = super().read(book, on, known, worlds)
            found[0].truths["r"] = 0
            return found

    with pytest.raises(AssertionError):
        same(Liar(), linked, [{"a": True}])
