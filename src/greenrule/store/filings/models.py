"""Tables of filings.

A case is its events (`CaseEvent`, append-only, each named in the audit by its digest); the columns of `Case` besides are what a register
needs to filter and sort, worked out from the events whenever one is added.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from greenrule.store.desk.models import Finding
from greenrule.store.desk.organisations import Organisation

_AREA = "国家行政区划代码：省两位、市四位、县六位"
CLAIM_STATES = {"open": "待裁定", "upheld": "予以采信", "rejected": "不予采信", "withdrawn": "已撤回"}
#: States in which something is still decided.
UNSETTLED = ("new", "received", "to_complete", "accepted")
#: Cases whose decision has a clock that runs.
RUNNING = models.Q(state="accepted", paused=False)
#: Accepted ones that wait for somebody else.
OTHERS = models.Q(state="accepted") & (models.Q(waiting__gt=0) | models.Q(owed__gt=0) | models.Q(paused=True))
#: Approved on a commitment of which nobody has seen yet that it is kept.
CHECKS = models.Q(commitment__in=("due", "failed"))
LISTS = {"province": "省级重点项目", "city": "市级重点项目", "county": "县级重点项目"}


class Project(models.Model):
    """A project in the register, in its latest version; earlier ones are its history."""

    name = models.CharField("项目名称", max_length=200)
    applicant = models.CharField("申请单位", max_length=200)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="申请单位账户"
    )  # fmt: skip
    industry = models.CharField("行业代码", max_length=40, blank=True)
    area = models.CharField("辖区代码", max_length=6, db_index=True, help_text=_AREA)
    county = models.CharField("县（市、区）", max_length=60, blank=True)
    lon = models.FloatField("经度", null=True, blank=True, help_text="CGCS2000，场址的代表点")
    lat = models.FloatField("纬度", null=True, blank=True)
    #: the project as it was asked: what the contract calls a project file
    asked = models.JSONField("项目内容", default=dict)
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="最近的结论"
    )
    version = models.PositiveIntegerField("版本", default=1)
    demo = models.BooleanField("演示数据（非官方）", default=False)
    made = models.DateTimeField("登记于", auto_now_add=True)
    history = HistoricalRecords(table_name="filings_project_history")

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        indexes: ClassVar = [
            models.Index(fields=["lat", "lon"], name="filings_project_at"),
            models.Index(fields=["industry", "-id"], name="filings_project_trade"),
        ]

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """A filing."""

    number = models.CharField("收件号", max_length=40, null=True, blank=True, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cases", verbose_name="项目")
    kind = models.CharField("办件种类", max_length=40)
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="依据的结论"
    )
    finding_says = models.CharField("结论内容", max_length=20, blank=True)
    handling = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="handled", verbose_name="承办单位"
    )
    area = models.CharField("辖区代码", max_length=6, help_text=_AREA)
    version = models.PositiveIntegerField("版本", default=1)
    opened = models.DateField("建立于")
    opened_by = models.CharField("建立人", max_length=150)
    demo = models.BooleanField("演示数据（非官方）", default=False)
    imported = models.BooleanField("由台账导入", default=False)
    # -- worked out from the events -------------------------------------------------------------------------
    state = models.CharField("状态", max_length=20, default="new")
    received = models.DateField("收件日期", null=True)
    accepted = models.DateField("受理日期", null=True)
    decided = models.DateField("决定日期", null=True)
    tell_by = models.DateField("一次性告知期限", null=True)
    decide_by = models.DateField("办结期限", null=True)
    owed_by = models.DateField("容缺补交期限", null=True)
    answer_by = models.DateField("部门答复期限", null=True)
    paused = models.BooleanField("计时停止", default=False)
    waiting = models.PositiveIntegerField("待答复部门", default=0)
    owed = models.PositiveIntegerField("未补交材料", default=0)
    sure = models.BooleanField("放假安排已知", default=True)
    decision = models.CharField("决定", max_length=20, blank=True)
    against_finding = models.BooleanField("与结论不一致", default=False)
    reason = models.TextField("理由", blank=True)
    #: a commitment that is to be checked (`due`), was not kept (`failed`) or was (`passed`)
    commitment = models.CharField("承诺核查", max_length=8, blank=True, default="")
    #: of which law of filings the days were worked out
    law = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "办件"
        indexes: ClassVar = [
            # Registers: a county's by state, anybody's by state; a larger area is a good share of the whole.
            models.Index(fields=["area", "state", "-id"], name="filings_case_county"),
            models.Index(fields=["state", "-id", "area"], name="filings_case_state"),
            models.Index(fields=["-id"], name="filings_case_against", condition=models.Q(against_finding=True)),
            # What is to be done today, in its order: a county's, and anybody's.
            models.Index(fields=["area", "decide_by", "id"], name="filings_case_decide_county", condition=RUNNING),
            models.Index(fields=["decide_by", "id", "area"], name="filings_case_decide", condition=RUNNING),
            models.Index(
                fields=["decide_by", "id", "area", "tell_by"],
                name="filings_case_silent",
                condition=models.Q(state="received"),
            ),
            models.Index(
                fields=["area", "tell_by", "id"], name="filings_case_tell_county", condition=models.Q(state="received")
            ),
            models.Index(
                fields=["tell_by", "id", "area"], name="filings_case_tell", condition=models.Q(state="received")
            ),
            models.Index(
                fields=["owed_by", "id", "area"],
                name="filings_case_owed",
                condition=models.Q(state="accepted", owed__gt=0),
            ),
            models.Index(
                fields=["answer_by", "id", "area"],
                name="filings_case_answer",
                condition=models.Q(state="accepted", waiting__gt=0),
            ),
            models.Index(fields=["area", "id"], name="filings_case_others", condition=OTHERS),
            models.Index(fields=["area", "id"], name="filings_case_checks", condition=CHECKS),
        ]

    def __str__(self) -> str:
        return f"{self.number or '未编号'} {self.kind}"


class CaseEvent(models.Model):
    """One thing that happened; never changed.  `day` is the day of the thing, `at` when it was written down."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField("序号")
    event = models.CharField("步骤", max_length=30)
    day = models.DateField("日期")
    who = models.CharField("经办", max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True)
    data = models.JSONField("内容", default=dict)
    at = models.CharField("记于", max_length=40)
    #: version of the case after this
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "办件经过"
        ordering: ClassVar = ["case_id", "seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "seq"], name="filings_event_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.event}"


class Opinion(models.Model):
    """What another department was asked, and what it said; several may be out at once, each with its own limit."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    department = models.CharField("部门", max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="opinions")
    asked = models.DateField("征求于")
    question = models.TextField("征求内容", blank=True)
    until = models.DateField("应答复于", null=True)
    given = models.DateField("答复于", null=True)
    says = models.CharField("意见", max_length=20, blank=True)
    opinion = models.TextField("意见内容", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "部门意见"

    def __str__(self) -> str:
        return f"{self.department} {self.says}"


class Claim(models.Model):
    """A contested fact: who says what, on what evidence, and what would come out with either value."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims")
    fact = models.CharField("事实", max_length=120)
    label = models.CharField("名称", max_length=200)
    value = models.JSONField("主张的值", null=True)
    evidence = models.TextField("依据")
    #: `casework.contested.both_outcomes`, findings by their ids
    outcomes = models.JSONField("两种结果", default=dict)
    state = models.CharField("状态", max_length=12, choices=list(CLAIM_STATES.items()), default="open")
    filed = models.DateField("提出于")
    filed_by = models.CharField("提出人", max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True)
    decided = models.DateField("裁定于", null=True)
    decided_by = models.CharField("裁定人", max_length=200, blank=True)
    reason = models.TextField("裁定理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "有争议的事实"

    def __str__(self) -> str:
        return f"{self.label}（{CLAIM_STATES[self.state]}）"


class Attachment(models.Model):
    """A file that belongs to a case; its bytes lie under the workspace by their digest."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="attachments")
    name = models.CharField("文件名", max_length=200)
    purpose = models.CharField("用途", max_length=100, blank=True)
    media = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节")
    digest = models.CharField(max_length=64)
    who = models.CharField("上传", max_length=200)
    at = models.CharField("上传于", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "附件"

    def __str__(self) -> str:
        return self.name


class KeyProject(models.Model):
    """An entry of a list of key projects."""

    name = models.CharField("项目名称", max_length=200)
    applicant = models.CharField("建设单位", max_length=200, blank=True)
    listed = models.CharField("名单", max_length=10, choices=list(LISTS.items()))
    area = models.CharField("辖区代码", max_length=6, db_index=True, help_text=_AREA)
    paper = models.CharField("名单文号", max_length=200, blank=True)
    since = models.DateField("列入日期", null=True, blank=True)
    until = models.DateField("移出日期", null=True, blank=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="listings")
    note = models.TextField("说明", blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    demo = models.BooleanField("演示数据（非官方）", default=False)
    history = HistoricalRecords(table_name="filings_keyproject_history")

    class Meta:
        verbose_name = verbose_name_plural = "重点项目"

    def __str__(self) -> str:
        return self.name


class Liaison(models.Model):
    """Whom to call: a liaison officer of an organisation, for an area or for one project."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="liaisons")
    person = models.CharField("姓名", max_length=60)
    phone = models.CharField("电话", max_length=40, blank=True)
    area = models.CharField("辖区代码", max_length=6, db_index=True, help_text=_AREA)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="liaisons")
    active = models.BooleanField("在任", default=True)
    version = models.PositiveIntegerField("版本", default=1)
    demo = models.BooleanField("演示数据（非官方）", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "联络员"

    def __str__(self) -> str:
        return f"{self.person}（{self.organisation}）"


class ServiceReading(models.Model):
    """How "the first week of the month" is read in an area (and below, where nothing else is set)."""

    area = models.CharField("辖区代码", max_length=6, unique=True, help_text=_AREA)
    reading = models.CharField("读法", max_length=20)
    paper = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "环保服务日读法"

    def __str__(self) -> str:
        return f"{self.area} {self.reading}"
