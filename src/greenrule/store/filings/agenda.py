"""What is to be done today, and the states of a register, as conditions that indexes serve.

A condition with an "or" in it is served by none, so each is a list of branches that do: every branch is asked for its first rows in the
order of an index, and the answers are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.words import newest_holding
from greenrule.store.filings.models import CHECKS, OTHERS, RUNNING, Case

STATES = ("new", "received", "to_complete", "accepted", "decided", "closed")
#: The columns that words are looked for in, as migration `filings.0003` has indexed them.
WORDED = ("project__name", "project__applicant")
#: A condition, and the column in whose order its rows are to be done; no row fits two branches of a list.
Branch = tuple[Q, str]


def in_state(state: str, today: date) -> list[Q]:
    """Cases in a state on a day: papers of which nobody said in time what was missing are accepted.

    Raises InputFault DSK012 for a state that there is not.
    """
    if state not in STATES:
        raise InputFault(Fault("DSK012", f"没有 `{state}` 这种状态", None, f"用 {'、'.join(STATES)}"))
    if state == "received":
        return [Q(state="received") & (Q(tell_by=None) | Q(tell_by__gte=today))]
    if state == "accepted":
        return [Q(state="accepted"), _silent(today)]
    return [Q(state=state)]


def _silent(today: date) -> Q:
    return Q(state="received", tell_by__lt=today)


def late(today: date) -> list[Q]:
    """Cases whose decision is overdue on a day."""
    return [clock & Q(decide_by__lt=today) for clock in _deciding(today)]


def _deciding(today: date) -> list[Q]:
    """Cases the clock of whose decision runs on a day."""
    return [RUNNING, _silent(today)]


def agenda(today: date, until: date) -> Mapping[str, Sequence[Branch]]:
    """The parts of an officer's day.

    late : decisions that are overdue.  due : what falls due by `until` and is not late yet, by the day on which it does.
    overdue_others : somebody else is late.  waiting : for the applicant, for departments, or with the clock stopped; the oldest first.
    new : nobody has received them.  checks : approved on a commitment that is still to be checked, or was not kept.  owed : accepted although something is still to come.
    """
    soon = Q(decide_by__gte=today, decide_by__lte=until)
    papers = Q(state="accepted", owed__gt=0)
    overdue = papers & Q(owed_by__lt=today)
    return {
        "late": [(part, "decide_by") for part in late(today)],
        "due": [
            *((clock & soon, "decide_by") for clock in _deciding(today)),
            (Q(state="received", tell_by__gte=today, tell_by__lte=until), "tell_by"),
        ],
        "overdue_others": [
            (overdue, "owed_by"),
            (Q(state="accepted", waiting__gt=0, answer_by__lt=today) & ~overdue, "answer_by"),
        ],
        "waiting": [(Q(state="to_complete"), "pk"), (OTHERS, "pk")],
        "new": [(Q(state="new"), "pk")],
        "checks": [(CHECKS, "pk")],
        "owed": [(papers, "owed_by")],
    }


def first_of(scopes: Iterable[Q], branches: Iterable[Branch], most: int) -> list[int]:
    """Primary keys of the first rows of some branches within some scopes, at most so many, in order."""
    found = {
        pk: (key, pk)
        for scope in scopes
        for branch, order in branches
        for key, pk in Case.objects.filter(scope & branch).order_by(order, "pk").values_list(order, "pk")[:most]
    }
    return sorted(found, key=lambda pk: _placed(found[pk]))[:most]


def _placed(place: tuple[Any, int]) -> tuple[bool, Any, int]:
    """Rows without a day come last, on every database."""
    key, pk = place
    return key is None, key if key is not None else 0, pk


def newest_of(scopes: Iterable[Q], rows: Any, words: Sequence[str], size: int) -> list[int]:
    """Primary keys of the newest rows within any of some scopes that hold all of the words, the newest first."""
    found = set[int]()
    for scope in scopes:
        found.update(newest_holding(rows.filter(scope), words, WORDED, size))
    return sorted(found, reverse=True)[:size]
