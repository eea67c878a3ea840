"""What a machine is: a class that visits every node kind, lowers it to others, or refuses it with a reason.

Exactly one of the three, checked when the class is defined: a legal tool may not find a gap at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from greenrule.rules.nodes import KINDS, Node


class Backend:
    """Base of the machines.

    `lowered` maps a node kind to a function that rewrites it into other kinds; `refused` maps it to the reason.

    >>> class Half(Backend):
    ...     def visit_Not(self, node): ...
    Traceback (most recent call last):
    ...
    TypeError: Half must visit, lower or refuse Literal, exactly one of them
    """

    lowered: ClassVar[Mapping[type[Node], Callable[[Any], Node]]] = {}
    refused: ClassVar[Mapping[type[Node], str]] = {}

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        for kind in KINDS:
            ways = hasattr(cls, f"visit_{kind.__name__}"), kind in cls.lowered, kind in cls.refused
            if sum(ways) != 1:
                raise TypeError(f"{cls.__name__} must visit, lower or refuse {kind.__name__}, exactly one of them")

    def run(self, node: Node) -> Any:
        """Visit a node; lowered kinds are rewritten first, refused kinds raise `TypeError` with the reason."""
        kind = type(node)
        if kind in self.lowered:
            return self.run(self.lowered[kind](node))
        if kind in self.refused:
            raise TypeError(f"{type(self).__name__} refuses {kind.__name__}: {self.refused[kind]}")
        return getattr(self, f"visit_{kind.__name__}")(node)
