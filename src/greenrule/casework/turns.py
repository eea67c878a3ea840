"""What a search for changes finds: turns with their changes and conditions, or the wall in the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greenrule.backends.decide import Outcome
from greenrule.casework.saying import shown
from greenrule.rules.book import Rulebook

if TYPE_CHECKING:
    from greenrule.casework.moving import Move, NoMove


def came_out(book: Rulebook, outcome: Outcome, target: str) -> bool:
    """Whether a decision came out as a value, or collects it."""
    if book.decisions[outcome.decision].collect:
        return any(value == target for value, _ in outcome.collected)
    return outcome.value == target


@dataclass(frozen=True, slots=True)
class Change:
    """One stated fact that changes: from, to, and what exactly will do (an inequality, or the values)."""

    fact: str
    label: str
    before: Any
    after: Any
    within: str
    cost: int
    act: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"fact": self.fact, "label": self.label, "from": shown(self.before), "to": shown(self.after),
                "within": self.within, "cost": self.cost, "act": self.act}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact that nobody stated and that must be so for the turn to come about; `usual`: as in most projects, else a premise."""

    fact: str
    label: str
    value: Any
    within: str
    usual: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"fact": self.fact, "label": self.label, "value": shown(self.value), "within": self.within,
                "usual": self.usual}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """A smallest set of changes, the conditions under which it does, and what follows from it.

    cost : of the changes and of the premises, the conditions that are not as usual
    move : where the site moves: the smallest move with which the rest of the turn does it, None where none was looked for
    """

    changes: tuple[Change, ...]
    conditions: tuple[Condition, ...]
    follows: tuple[tuple[str, str, Any], ...]
    cost: int
    outcome: str
    verified: bool
    move: Move | NoMove | None = None

    @property
    def moves(self) -> bool:
        """Whether the site moves."""
        return any(change.act == "move" for change in self.changes)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "cost": self.cost, "changes": [change.to_json() for change in self.changes],
            "conditions": [condition.to_json() for condition in self.conditions],
            "follows": [{"fact": name, "label": zh, "value": shown(value)} for name, zh, value in self.follows],
            "outcome": self.outcome, "verified": self.verified,
            "move": None if self.move is None else self.move.to_json(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wall:
    """Why nothing can: rules that hold whatever is changed, and the fixed facts from which that follows."""

    rules: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass
class Turnings:
    """What was found: `now` as it stands, the turns, cheapest first, and whether there are others.

    ending : `all` (no other smallest set) · `more` (there may be others beyond those asked for) · `none` (proved: nothing can) ·
    `already` (it comes out so as it stands) · `timeout` (the solver gave up; what was found before stands)
    """

    decision: str
    target: str
    now: Outcome
    turns: list[Turn] = field(default_factory=list)
    ending: str = "more"
    wall: Wall | None = None
    #: what comes of moving the site and changing nothing else, where it was looked for and is not among the turns
    alone: Turnings | None = None
