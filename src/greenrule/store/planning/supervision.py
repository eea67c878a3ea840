"""Problems found in supervision, from the spot on an image to closure; each step in one transaction with its line in the audit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Organisation
from greenrule.store.desk.records import log
from greenrule.store.planning.models import PROBLEM_STATES, Problem, ProblemEvidence, ProblemStep
from greenrule.store.watching.outbox import emit

#: From a state to those that may follow: closed only after rectification or a check that found nothing; a closer may send back, and what
#: came up again after it was closed is assigned anew.
NEXT: Mapping[str, tuple[str, ...]] = {
    "found": ("assigned",), "assigned": ("assigned", "checked", "rejected"), "checked": ("rectified", "rejected"),
    "rectified": ("closed", "assigned"), "rejected": ("closed", "assigned"), "closed": ("assigned",),
}  # fmt: skip
_LONGEST = 5000


def add(who: str, batch: str, source: str, spots: Iterable[Mapping[str, Any]]) -> list[int]:
    """Add the spots of one import, inside the caller's transaction or one of its own.

    Raises InputFault PLD050 where the same file was imported before, PLD057 for each spot that is there already: of that number, and from
    the same source or of the same shape.
    """
    spots = list(spots)
    if Problem.objects.filter(batch=batch).exists():
        raise InputFault(Fault("PLD050", "这个文件已经导入过", None, "在问题清单里查看；改过的文件可再导入"))
    if known := _known(source, spots):
        raise InputFault(known)
    with transaction.atomic():
        made = Problem.objects.bulk_create([Problem(batch=batch, source=source, **spot) for spot in spots])
        now = timezone.now()
        ProblemStep.objects.bulk_create(
            ProblemStep(problem=item, state="found", at=now, who=who, text=f"来源：{source}") for item in made
        )
        log(who, "problem.import", f"problems:{batch[:16]}", f"sha256:{batch}")
        for item in made:
            emit("problem.found", str(item.id), {"number": item.number}, area=item.area)
    return [item.id for item in made]


def _known(source: str, spots: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Spots that are among the problems already, each as a fault."""
    kept: dict[str, list[Problem]] = defaultdict(list)
    numbers = [str(spot["number"]) for spot in spots]
    for start in range(0, len(numbers), 500):
        for item in Problem.objects.filter(number__in=numbers[start : start + 500]).order_by("id"):
            kept[item.number].append(item)
    out = []
    for spot in spots:
        same = (item for item in kept[spot["number"]] if item.source == source or item.geometry == spot["geometry"])
        if (item := next(same, None)) is not None:
            told = f"图斑 {item.number} 已在问题清单里（{PROBLEM_STATES[item.state]}，来源：{item.source}）"
            out.append(Fault("PLD057", told, None, "从文件里删去这个图斑；已销号又反弹的，打开原来的问题重新交办"))
    return out


def step(
    who: str,
    problem: Problem,
    version: int,
    state: str,
    text: str,
    organisation: Organisation | None,
    deadline: date | None,
) -> ProblemStep | None:
    """Take a problem one step on; None where somebody else was first.

    Raises InputFault with all faults: PLD051 a state that cannot follow, PLD052 no text or too long, PLD053 an assignment without whom or
    by when, PLD054 closed or rectified without evidence, PLD058 an assignment to somebody who does not act there, PLD059 one that was due
    before it is made.
    """
    faults = []
    if state not in NEXT[problem.state]:
        allowed = "、".join(f"{name}（{PROBLEM_STATES[name]}）" for name in NEXT[problem.state]) or "已经销号"
        said = PROBLEM_STATES.get(state, state)
        faults.append(
            Fault("PLD051", f"“{PROBLEM_STATES[problem.state]}”之后不能是“{said}”", None, f"可以是：{allowed}")
        )
    if not 0 < len(text.strip()) <= _LONGEST:
        faults.append(Fault("PLD052", "没有写明情况，或太长", None, f"1 到 {_LONGEST} 字"))
    if state == "assigned" and (organisation is None or deadline is None):
        faults.append(Fault("PLD053", "交办要写明单位和期限", None, "选办理单位，给出日期"))
    if state == "assigned" and organisation is not None and not _acts_at(organisation, problem.area):
        told = f"{organisation.name} 不在 {problem.place} 办理：须是所在县、市、省的部门"
        faults.append(Fault("PLD058", told, None, "选辖区含图斑的主管部门或其他部门"))
    if state == "assigned" and deadline is not None and deadline < timezone.localdate():
        faults.append(Fault("PLD059", f"办理期限 {deadline} 已经过去", None, "写今天或以后的日期"))
    if state == "closed" and problem.state == "rectified" and not _has_evidence(problem):
        faults.append(Fault("PLD054", "整改没有佐证，不能销号", None, "先在整改一步上传照片或文件"))
    if faults:
        raise InputFault(faults)
    with transaction.atomic():
        fields: dict[str, Any] = {"state": state, "version": version + 1}
        if state == "assigned":
            fields |= {"organisation": organisation, "deadline": deadline}
        if not Problem.objects.filter(id=problem.id, version=version, state=problem.state).update(**fields):
            return None
        made = ProblemStep.objects.create(problem=problem, state=state, at=timezone.now(), who=who, text=text.strip())
        log(who, f"problem.{state}", f"problem:{problem.id}")
        emit(f"problem.{state}", str(problem.id), {"number": problem.number}, area=problem.area)
    return made


def attach(who: str, made: ProblemStep, name: str, size: int, sha256: str, most: int) -> ProblemEvidence:
    """Note a file that goes with a step.  Raises InputFault PLD055 where it has `most` files already."""
    with transaction.atomic():
        if made.evidence.count() >= most:
            raise InputFault(Fault("PLD055", f"一步最多附 {most} 个文件", None, "合并文件"))
        kept = ProblemEvidence.objects.create(
            step=made, at=timezone.now(), who=who, name=name, size=size, sha256=sha256
        )
        log(who, "problem.evidence", f"problem:{made.problem_id}/{kept.id}", f"sha256:{sha256}")
    return kept


def _acts_at(organisation: Organisation, area: str) -> bool:
    return organisation.sort in ("authority", "department") and area.startswith(organisation.area)


def _has_evidence(problem: Problem) -> bool:
    """Whether the latest rectification has evidence; what an earlier one showed was not enough."""
    last = problem.steps.filter(state="rectified").order_by("-id").first()
    return last is not None and last.evidence.exists()
