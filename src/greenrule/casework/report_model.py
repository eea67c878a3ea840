"""The parts of a report: plain strings in frozen records, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass

from greenrule.core.tongue import Language


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation: `short` for tables, `full` with the instrument's title, `note` where it is superseded.

    `home` is the instrument's short name and `where` the clause in it, for lists that stand under one instrument; `address` is
    where a reader of the law opens it, `instrument/clause`.
    """

    short: str
    full: str
    note: str
    home: str = ""
    where: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact as read: label, id, value with unit, where it came from, and how far its boundary lies."""

    label: str
    id: str
    value: str
    origin: str
    distance: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a rule waits for: its number in the list of missing facts (0 where it is not listed) and its name."""

    number: int
    label: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that was asked, in the reader's words."""

    number: int
    anchor: str
    rule: str
    title: str
    sentence: str
    verb: str
    answers: tuple[str, ...]
    state: str
    state_code: str
    effect_code: str
    strength: str
    cites: tuple[Cite, ...]
    facts: tuple[FactLine, ...]
    gaps: tuple[Gap, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Reasons that stand alike towards the verdict (`deciding`, `applied`), told in full."""

    key: str
    title: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ClauseGroup:
    """Reasons listed briefly under the instrument they are first cited from."""

    home: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class BriefGroup:
    """Rules of one decision (`key`) that are listed briefly in the appendix."""

    key: str
    title: str
    count: int
    clauses: tuple[ClauseGroup, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A control unit that the site touches, with the demands of its access list."""

    code: str
    name: str
    zone_class: str
    class_code: str
    share: str
    area: str
    demands: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain zone → EIA → permit → approver → quota."""

    name: str
    answer: str
    details: tuple[str, ...]
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something the project must do, or may ask for; `because` tells the facts that call for it."""

    text: str
    due: str
    strength: str
    rule: str
    anchor: str
    title: str
    because: str
    note: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that is missing, the question to ask, the verdicts its answer may bring, what else it bears on."""

    number: int
    fact: str
    label: str
    question: str
    would: str
    also: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Missing facts that bear on the same decision."""

    key: str
    title: str
    questions: tuple[Question, ...]


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
class Boundary:
    """A boundary near the site: how far, how exact the layer is, and what would change on the other side."""

    label: str
    value: str
    distance: str
    accuracy: str
    layer: str
    would: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the answer rests on but cannot settle."""

    kind: str
    rule: str
    message: str
    distance: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that disagree, in what, and the precedence that was applied."""

    topic: str
    rules: tuple[str, ...]
    differ: str
    precedence: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """A finding in words, ready to be laid out: the answer first, the long lists (`pending`, `inquiry`) last."""

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
    duties: tuple[Duty, ...]
    supports: tuple[Duty, ...]
    decisive: tuple[Question, ...]
    inquiry: tuple[QuestionGroup, ...]
    inquiry_lead: str
    turns: tuple[Turn, ...]
    boundaries: tuple[Boundary, ...]
    doubts: tuple[Doubt, ...]
    conflicts: tuple[Conflict, ...]
    pending: tuple[BriefGroup, ...]
    not_met: tuple[BriefGroup, ...]
    instruments: tuple[Cite, ...]
    versions: tuple[tuple[str, str], ...]
    layers: tuple[tuple[str, str], ...]
    day: str
    digest: str
    disclaimer: str
    language: Language = "zh"
    #: Of a reading in another language: which text holds, and what keeps its Chinese.
    reading: tuple[str, ...] = ()

    @property
    def pending_count(self) -> int:
        """Rules that could not be settled."""
        return sum(group.count for group in self.pending)

    @property
    def question_count(self) -> int:
        """Facts that are missing."""
        return sum(len(group.questions) for group in self.inquiry)
