"""The parts of a report: plain strings in frozen records, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation: `short` for tables, `full` with the instrument's title, `note` where it is superseded."""

    short: str
    full: str
    note: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact as read: label, id, value with unit, and where it came from."""

    label: str
    id: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke, in the reader's words."""

    number: int
    anchor: str
    rule: str
    title: str
    sentence: str
    verb: str
    about: str
    answer: str
    state: str
    state_code: str
    effect_code: str
    strength: str
    cites: tuple[Cite, ...]
    facts: tuple[FactLine, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Reasons that stand alike towards the verdict."""

    key: str
    title: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A control unit that the site touches."""

    code: str
    name: str
    zone_class: str
    class_code: str
    share: str
    area: str


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain zone → EIA → permit → approver → quota → obligations."""

    name: str
    answer: str
    details: tuple[str, ...]
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that is missing, the question to ask and the verdicts its answer may bring."""

    fact: str
    label: str
    question: str
    would: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A single change of fact that would turn the verdict."""

    label: str
    fact: str
    before: str
    after: str
    decision: str
    decision_code: str
    checked: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the answer rests on but cannot settle."""

    kind: str
    rule: str
    message: str
    distance: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that disagree and the precedence that was applied."""

    rules: tuple[str, ...]
    precedence: str


@dataclass(frozen=True, slots=True)
class Report:
    """A finding in words, ready to be laid out."""

    name: str
    title: str
    notices: tuple[str, ...]
    demo: bool
    decision: str
    decision_code: str
    lead: str
    identity: tuple[tuple[str, str], ...]
    units: tuple[Unit, ...]
    groups: tuple[ReasonGroup, ...]
    chain: tuple[Step, ...]
    questions: tuple[Question, ...]
    turns: tuple[Turn, ...]
    doubts: tuple[Doubt, ...]
    conflicts: tuple[Conflict, ...]
    instruments: tuple[Cite, ...]
    versions: tuple[tuple[str, str], ...]
    day: str
    digest: str
    disclaimer: str
