"""Problems found in supervision, from the spot on an image to closure; each step in one transaction with its line in the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Organisation
from greenrule.store.desk.records import log
from greenrule.store.planning.models import PROBLEM_STATES, Problem, ProblemEvidence, ProblemStep
from greenrule.store.watching.outbox import emit

#: From a state to those that may follow: closed only after rectification or a check that found nothing; a closer may send back.
NEXT: Mapping[str, tuple[str, ...]] = {
    "found": ("assigned",), "assigned": ("assigned", "checked", "rejected"), "checked": ("rectified", "rejected"),
    "rectified": ("closed", "assigned"), "rejected": ("closed", "assigned"), "closed": (),
}  # fmt: skip
_LONGEST = 5000


def add(who: str, batch: str, source: str, spots: Iterable[Mapping[str, Any]]) -> list[int]:
    """Add the spots of one import, inside the caller's transaction or one of its own.

    Raises InputFault PLD050 where the same file was imported before.
    """
    if Problem.objects.filter(batch=batch).exists():
        raise InputFault(Fault("PLD050", "这个文件已经导入过", None, "在问题清单里查看；改过的文件可再导入"))
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
    by when, PLD054 closed or rectified without evidence.
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


def _has_evidence(problem: Problem) -> bool:
    return ProblemEvidence.objects.filter(step__problem=problem, step__state="rectified").exists()
