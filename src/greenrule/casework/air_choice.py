"""Which edition of the air standards is asked for, by its name."""

from __future__ import annotations

from greenrule.core.errors import Fault, InputFault
from greenrule.quality.editions import Edition, Editions


def chosen_editions(editions: Editions, wish: str) -> tuple[Edition, ...]:
    """The edition of a name; for "both" the first two side by side, which is the change that people compare across.

    Raises InputFault A030: no such edition.
    """
    if wish == "both":
        return editions.items[:2]
    found = editions.named(wish)
    if found is None:
        told = f"没有版次 `{wish}`"
        raise InputFault(Fault("A030", told, None, f"可用：auto、both、{'、'.join(editions.names)}"))
    return (found,)
