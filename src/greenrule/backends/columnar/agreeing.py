"""Where the facts of a project may contradict one another: asked of a lowered rulebook, for all projects at once.

What follows from other facts is compared with what is stated, and what cannot be otherwise is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from greenrule.backends.columnar.graph import FALSE
from greenrule.rules.book import Derivation, FactSpec
from greenrule.rules.nodes import Fact, Node

if TYPE_CHECKING:
    from greenrule.backends.columnar.lowering import Lowering


def doubtful(lowering: Lowering, statements: Iterable[Node]) -> int:
    """Plane of the projects of which some stated fact differs from what follows, or some statement is false.

    Exact for truths and numbers; where codes follow from codes it only says that both are known.
    """
    found = [
        _differs(lowering, spec, item) for spec in lowering.book.facts.values() for item in spec.derive
        if item.when is not None and not item.presumed  # what holds only as long as nobody says otherwise
    ]  # fmt: skip
    found += [lowering.truth(node)[1] ^ 1 for node in statements]
    return lowering.graph.any(found)


def _differs(lowering: Lowering, spec: FactSpec, item: Derivation) -> int:
    graph = lowering.graph
    assert item.when is not None
    when = lowering.truth(item.when)[0]
    if when == FALSE:
        return FALSE
    if spec.kind.form == "truth":
        (true, may), (yes, perhaps) = lowering.given(spec.id), lowering.truth(item.value)
        return graph.both(when, graph.any((graph.both(true, perhaps ^ 1), graph.both(may ^ 1, yes))))
    if spec.kind.form in ("quantity", "number", "date"):
        cases = [
            graph.both(where, lowering.comparer.holds("!=", Fact(spec.id), value))
            for where, value in lowering.run(item.value)
        ]
        return graph.both(when, graph.any(cases))
    return graph.all((when, lowering.stated(spec.id), lowering.missing(_source(item)) ^ 1))


def _source(item: Derivation) -> str:
    assert isinstance(item.value, Fact)
    return item.value.id
