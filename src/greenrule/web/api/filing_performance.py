"""How filings were handled within their periods, by who handles them (限时办结、督查考评: 晋环发〔2022〕8号 26)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema

from greenrule.casework.register_sheet import write_sheet
from greenrule.casework.report_words import DEMO
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.areas import either
from greenrule.store.filings.agenda import late
from greenrule.store.filings.models import Case, KeyProject
from greenrule.web.api.access import May
from greenrule.web.api.filing_keys import SHEETS
from greenrule.web.api.filing_parts import asking, router
from greenrule.web.filing_desk import areas_below, readable, today
from greenrule.web.problems import Problem

#: key → header, in the order of the sheet.
COLUMNS = {
    "organisation": "承办单位", "area": "辖区代码", "received": "收件", "decided": "已决定", "in_time": "按期决定", "too_late": "逾期决定",
    "open_late": "未决定且已逾期", "returned": "不予受理、撤回", "against": "与结论不一致", "not_kept": "承诺核查不符", "key": "其中重点项目",
}  # fmt: skip


class Period(Schema):
    """Which filings: received from `since` to `until`, in an area."""

    since: date | None = None
    until: date | None = None
    area: str = ""


@router.get("/filings/performance", auth=May("filings.read"), summary="办理时效")
def performance(request: HttpRequest, asked: Query[Period]) -> dict[str, Any]:
    """By organisation: how many filings were received in a period, and what became of them within theirs; sums at the end."""
    since, until, rows = _rows(request, asked)
    sums = {key: sum(row[key] for row in rows) for key in COLUMNS if key not in ("organisation", "area")}
    return {"since": since, "until": until, "columns": COLUMNS, "items": rows, "sums": sums}


@router.get("/filings/performance.{fmt}", auth=May("filings.read"), summary="导出办理时效")
def performance_sheet(request: HttpRequest, fmt: str, asked: Query[Period]) -> HttpResponse:
    """The same as a sheet (xlsx, csv)."""
    if fmt not in SHEETS:
        raise Problem(404, f"没有 {fmt} 格式：可用 xlsx、csv")
    since, until, rows = _rows(request, asked)
    told = f"{since} 至 {until} 收件的办件；逾期按国务院放假调休日历推算，停止计时的日子除外。"
    marks = (DEMO,) if any(row["demo"] for row in rows) else ()
    out = HttpResponse(write_sheet("办理时效", "时效", COLUMNS, rows, fmt, told, marks), content_type=SHEETS[fmt])
    out["Content-Disposition"] = f'attachment; filename="performance.{fmt}"'
    return out


def _rows(request: HttpRequest, asked: Period) -> tuple[date, date, list[dict[str, Any]]]:
    day = today()
    since, until = asked.since or date(day.year, 1, 1), asked.until or day
    if until < since:
        raise InputFault(Fault("DSK085", f"{until} 早于 {since}", Place("until"), "止日不早于起日"))
    cases = Case.objects.filter(either(readable(asking(request))), received__range=(since, until))
    if asked.area:
        cases = cases.filter(areas_below(asked.area))
    decided, listed = Q(state="decided"), Q(project__in=KeyProject.objects.filter(until=None).values("project"))
    found = cases.values("handling", "handling__name", "handling__area").annotate(
        received_n=Count("pk"), decided_n=Count("pk", filter=decided),
        in_time=Count("pk", filter=decided & Q(decided__lte=F("decide_by"))),
        too_late=Count("pk", filter=decided & Q(decided__gt=F("decide_by"))), open_late=Count("pk", filter=either(late(day))),
        returned=Count("pk", filter=Q(state="closed")), against=Count("pk", filter=Q(against_finding=True)),
        not_kept=Count("pk", filter=Q(commitment="failed")), key=Count("pk", filter=listed), shown=Count("pk", filter=Q(demo=True)),
    ).order_by("handling__area", "handling")  # fmt: skip
    return since, until, [
        {"organisation": row["handling__name"], "area": row["handling__area"], "received": row["received_n"], "decided": row["decided_n"],
         "demo": bool(row["shown"]), **{key: row[key] for key in COLUMNS if key in row and key not in ("received", "decided")}}
        for row in found
    ]  # fmt: skip
