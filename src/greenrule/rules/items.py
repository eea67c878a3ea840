"""What a `.rules` file holds: rules and named definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from greenrule.core.errors import Place
from greenrule.rules.nodes import Node

SUBJECTS = ("project", "facility", "enterprise", "case", "place", "city")
VERBS = {
    "prohibit": "禁止", "restrict": "限制", "require": "要求", "exempt": "豁免", "simplify": "简化", "delegate": "委托",
    "prioritise": "优先支持", "classify": "归类", "reward": "激励", "retire": "淘汰", "assess": "评估",
}  # fmt: skip
STRENGTHS = {
    "mandatory": "明确要求", "in_principle": "原则上", "promote": "推进", "encourage": "鼓励", "permissive": "可以",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows: a verb on a named decision, with a value where the decision takes one."""

    verb: str
    decision: str
    value: str | None = None
    at: Place | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.verb} {self.decision}" + (f" = {self.value}" if self.value is not None else "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it was read.

    `cites` are `instrument#clause`; `starts`/`ends` bound its own validity within that of its instruments;
    `unless` names rules that are exceptions to this one, `overrides` rules to which this one is an exception;
    `replaces` rules that end where this one begins; `recorded` since when it is known (otherwise as its instrument).
    """

    id: str
    title: str
    subject: str
    when: Node
    effects: tuple[Effect, ...]
    then: str
    strength: str
    cites: tuple[str, ...]
    due: str | None = None
    starts: date | None = None
    ends: date | None = None
    unless: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    at: Place | None = field(default=None, compare=False, repr=False)
    replaces: tuple[str, ...] = ()
    recorded: date | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A named expression, so that a phrase of the texts is said once."""

    name: str
    title: str
    body: Node
    at: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One edition of a list: its first day (None: always), since when it is known (None: nobody wrote it down).

    An `own` version is a user's and goes before those of the packs.
    """

    first: date | None
    recorded: date | None
    codes: tuple[str, ...]
    open_within: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    note: str | None = None
    own: bool = False

    def known_by(self, known: date | None) -> bool:
        """Whether the version was known on a day (None: ask for all that is known).

        A pack's version without a day is as old as the pack; a user's counts only where no day is asked for.
        """
        return known is None or (not self.own if self.recorded is None else self.recorded <= known)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list of codes of a vocabulary, with what lies open.

    Members under `codes` are in; members under `open_within` are undecided (the text says "等", or the list is
    not at hand); all others are out.  `open_within=("*",)` leaves everything open.  `versions` are the editions of a list
    that has dates or several editions; `codes` and `open_within` are then those of the latest.
    """

    id: str
    vocab: str
    title: str
    codes: tuple[str, ...]
    open_within: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    note: str | None = None
    at: Place | None = field(default=None, compare=False, repr=False)
    versions: tuple[ListVersion, ...] = ()
    amends: bool = False

    def at_day(self, on: date, known: date | None) -> ListVersion:
        """The version that holds on a day as known on another; where there is none, everything is open."""
        best = ListVersion(None, None, (), ("*",), (), "所问日期（或已知日期）尚无这份名录")
        if not self.versions:
            return ListVersion(None, None, self.codes, self.open_within, self.cites, self.note)
        rank: tuple[bool, date, date, int] | None = None
        for index, version in enumerate(self.versions):
            if version.known_by(known) and (version.first is None or version.first <= on):
                own = (version.own, version.first or date.min, version.recorded or date.min, index)
                if rank is None or own > rank:
                    best, rank = version, own
        return best
