"""Logic over bit planes as a graph: two-input ANDs with optional negation, every expression built once.

A *literal* is an int: twice the number of a node, plus one where it is negated.  Node 0 is false, so literal 0 is false
and literal 1 is true.  Or and not are spelled with and and negation, which is what makes equal things meet.

Source: the and-inverter graph of logic synthesis; A. Kuehlmann et al., IEEE Trans. CAD 21 (2002) 1377–1394, section III.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

FALSE, TRUE = 0, 1


class Graph:
    """Nodes are leaves (planes that the data give) or ANDs of two literals; a node comes after what it reads.

    >>> graph = Graph()
    >>> a, b = graph.leaf("a"), graph.leaf("b")
    >>> graph.all((a, b)) == graph.all((b, a)), graph.all((a, a ^ 1)) == FALSE
    (True, True)
    """

    def __init__(self) -> None:
        #: Of node 0 (false) and of leaves the pair is (-1, -1); else two literals, the smaller first.
        self.inputs: list[tuple[int, int]] = [(-1, -1)]
        self.leaves: dict[int, Hashable] = {}
        self._leaf: dict[Hashable, int] = {}
        self._and: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.inputs)

    def leaf(self, key: Hashable) -> int:
        """The literal of a plane that the data give."""
        found = self._leaf.get(key)
        if found is None:
            found = self._leaf[key] = 2 * len(self.inputs)
            self.leaves[found >> 1] = key
            self.inputs.append((-1, -1))
        return found

    def both(self, a: int, b: int) -> int:
        """a and b."""
        if a > b:
            a, b = b, a
        if a == FALSE or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        found = self._and.get((a, b))
        if found is None:
            found = self._settled(a, b)
            if found is None:
                found = 2 * len(self.inputs)
                self.inputs.append((a, b))
            self._and[(a, b)] = found
        return found

    def _settled(self, a: int, b: int) -> int | None:
        """What a and b (made later) come to when b is an and, or its negation, that mentions a; None when it is not."""
        one, other = self.inputs[b >> 1]
        if one < 0:
            return None
        if not b & 1:
            # a & (a & x) is b; a & (~a & x) is false
            return b if a in (one, other) else FALSE if a ^ 1 in (one, other) else None
        # a & ~(~a & x) is a; a & ~(a & x) is a & ~x
        if a ^ 1 in (one, other):
            return a
        if a == one:
            return self.both(a, other ^ 1)
        return self.both(a, one ^ 1) if a == other else None

    def all(self, literals: Iterable[int]) -> int:
        """Conjunction; true of nothing.  Parts in the order of their making, so that common beginnings are shared."""
        out = TRUE
        for literal in sorted(set(literals)):
            out = self.both(out, literal)
            if out == FALSE:
                break
        return out

    def any(self, literals: Iterable[int]) -> int:
        """Disjunction; false of nothing."""
        return self.all(literal ^ 1 for literal in literals) ^ 1

    def choose(self, which: int, yes: int, no: int) -> int:
        """`yes` where `which`, else `no`."""
        return self.any((self.both(which, yes), self.both(which ^ 1, no)))

    def rebuilt(self, literals: Iterable[int], leaf: Callable[[Any], int], into: Graph) -> list[int]:
        """The literals in another graph, with every leaf replaced by what `leaf` makes of its key there.

        Only what the literals rest on is carried over.
        """
        literals = list(literals)
        needed = bytearray(len(self.inputs))
        for literal in literals:
            needed[literal >> 1] = 1
        for node in range(len(self.inputs) - 1, 0, -1):
            if needed[node] and self.inputs[node][0] >= 0:
                a, b = self.inputs[node]
                needed[a >> 1] = needed[b >> 1] = 1
        made = [FALSE] * len(self.inputs)
        for node in range(1, len(self.inputs)):
            if not needed[node]:
                continue
            a, b = self.inputs[node]
            if a < 0:
                made[node] = leaf(self.leaves[node])
            else:
                made[node] = into.both(made[a >> 1] ^ (a & 1), made[b >> 1] ^ (b & 1))
        return [made[literal >> 1] ^ (literal & 1) for literal in literals]
