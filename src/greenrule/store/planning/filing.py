"""Filing a layer version with the level above: put before it, acknowledged or returned, each step written down."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Organisation
from greenrule.store.desk.records import log
from greenrule.store.planning.models import OCCASIONS, LayerFiling, LayerFilingStep
from greenrule.store.watching.outbox import emit


def superior(area: str) -> Organisation | None:
    """The authority that a scheme of an area is filed with: that of the next wider area that has one; None above the province."""
    for digits in range(len(area) - 2, 1, -2):
        found = Organisation.objects.filter(sort="authority", area=area[:digits]).order_by("id").first()
        if found is not None:
            return found
    return None


def submit(who: str, layer_version: int, area: str, occasion: str, reason: str) -> LayerFiling:
    """Put a version before the level above.

    Raises InputFault with all faults: PLD040 an occasion that there is not, PLD041 no reason, PLD042 no level above is known here, PLD043
    it lies there already.
    """
    faults = []
    if occasion not in OCCASIONS:
        offered = "、".join(f"{name}（{label}）" for name, label in OCCASIONS.items())
        faults.append(Fault("PLD040", f"没有 `{occasion}` 这种事由", None, f"可用：{offered}"))
    if not reason.strip():
        faults.append(Fault("PLD041", "没有写明理由", None, "动态更新写明是哪一项规划、红线或目标变了"))
    above = superior(area)
    if above is None:
        told = "省级方案在系统外报国务院生态环境主管部门，取得文号后直接登记“已备案”"
        faults.append(Fault("PLD042", f"系统里没有辖区 {area} 的上一级主管部门", None, told))
    if LayerFiling.objects.filter(layer_version=layer_version, state="submitted").exists():
        faults.append(Fault("PLD043", "这个版本已在上一级待办", None, "等上一级答复"))
    if faults or above is None:
        raise InputFault(faults)
    with transaction.atomic():
        filing = LayerFiling.objects.create(
            layer_version=layer_version, area=area, occasion=occasion, reason=reason.strip(), organisation=above
        )
        _step(filing, "submitted", who, "", reason.strip())
    return filing


def check_answer(state: str, paper: str, remark: str) -> None:
    """Raises InputFault with all faults: PLD044 a state that cannot follow, PLD045 an acknowledgement without its paper or a return
    without a reason.
    """
    faults = []
    if state not in ("acknowledged", "returned"):
        faults.append(
            Fault("PLD044", f"不能答复为 `{state}`", None, "可用：acknowledged（同意备案）、returned（退回）")
        )
    if state == "acknowledged" and not paper.strip():
        faults.append(Fault("PLD045", "同意备案要写明文号", None, "例如 晋环函〔2026〕1号"))
    if state == "returned" and not remark.strip():
        faults.append(Fault("PLD045", "退回要写明理由", None, "写明缺什么、错在哪里"))
    if faults:
        raise InputFault(faults)


def answer(who: str, number: int, version: int, state: str, paper: str, remark: str) -> LayerFiling | None:
    """Acknowledge or return a filing; None where somebody else was first.  Raises as `check_answer`."""
    check_answer(state, paper, remark)
    with transaction.atomic():
        changed = LayerFiling.objects.filter(id=number, version=version, state="submitted").update(
            state=state, version=version + 1
        )
        if not changed:
            return None
        filing = LayerFiling.objects.get(id=number)
        _step(filing, state, who, paper.strip(), remark.strip())
    return filing


def _step(filing: LayerFiling, state: str, who: str, paper: str, remark: str) -> None:
    LayerFilingStep.objects.create(filing=filing, state=state, at=timezone.now(), who=who, paper=paper, remark=remark)
    log(who, f"layer.filing.{state}", f"layer:{filing.layer_version}/{filing.id}")
    emit(f"layer.filing_{state}", str(filing.layer_version), {"filing": filing.id, "paper": paper}, area=filing.area)
