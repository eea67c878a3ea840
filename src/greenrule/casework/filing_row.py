"""What a register keeps of a case so that it need not read the case again: state, and the days on which something falls due.

The days are those that hold if nothing more happens; with them a register tells on any later day what `filing.fold` would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from greenrule.casework.filing import Event, fold
from greenrule.packs.filings import FilingKind, FilingLaw

#: States in which nothing more is decided.
SETTLED = frozenset({"decided", "closed"})


@dataclass(frozen=True, slots=True)
class Row:
    """State after the last event, and the days: None where that clock does not run.

    tell_by : papers not answered by then are accepted by law.  decide_by : end of the decision's period (in state `received`: the
    one that will hold when acceptance comes by silence).  sure : no year was counted without its published holidays.  accepted, commitment : as in
    `Standing`.
    """

    state: str
    tell_by: date | None
    decide_by: date | None
    owed_by: date | None
    answer_by: date | None
    paused: bool
    waiting: int
    owed: int
    sure: bool
    accepted: date | None = None
    commitment: str = ""

    def state_on(self, day: date) -> str:
        """The state on a day on or after the last event.

        >>> Row("received", date(2026, 6, 8), None, None, None, False, 0, 0, True).state_on(date(2026, 6, 9))
        'accepted'
        """
        return (
            "accepted" if self.state == "received" and self.tell_by is not None and day > self.tell_by else self.state
        )

    def late_on(self, day: date) -> bool:
        """Whether the authority is late on a day: its decision is."""
        running = self.state_on(day) == "accepted"
        return running and not self.paused and self.decide_by is not None and day > self.decide_by


def row_of(kind: FilingKind, events: Sequence[Event], law: FilingLaw) -> Row:
    """The row of a case.  Raises InputFault as `fold`."""
    if not events:
        return Row("new", None, None, None, None, False, 0, 0, True)
    last = max(event.day for event in events)
    now = fold(kind, events, law, last)
    tell = next((clock.end for clock in now.clocks if clock.limit is law.tell_once), None)
    later = now
    if now.state == "received" and tell is not None:
        later = fold(kind, events, law, tell.day + timedelta(days=1))
    decide = next((clock for clock in later.clocks if clock.limit is kind.decide), None)
    end = decide.end if decide is not None else None
    return Row(
        now.state,
        tell.day if tell is not None else None,
        end.day if end is not None else None,
        min(now.owed.values(), default=None),
        min(now.answer_by.values(), default=None),
        now.state == "accepted" and decide is not None and end is None,
        len(now.waiting),
        len(now.owed),
        (tell is None or tell.sure) and (end is None or end.sure),
        now.accepted,
        now.commitment,
    )


def columns(row: Row) -> Mapping[str, Any]:
    """The row as columns of a register."""
    return {name: getattr(row, name) for name in row.__slots__}
