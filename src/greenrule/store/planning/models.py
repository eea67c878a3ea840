"""Tables of the planner's desk.  Steps of filings, of problems and texts of reports are only added; a database trigger holds it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from greenrule.store.desk.models import Organisation

JOB_STATES = {"queued": "排队", "running": "进行中", "done": "完成", "failed": "未完成"}
FILING_STATES = {"submitted": "已报备", "acknowledged": "已同意备案", "returned": "已退回"}
#: Why a scheme is changed: the two ways that the zoning opinion knows.
OCCASIONS = {"first": "首次发布", "five_year": "五年定期调整", "dynamic": "动态更新"}
PROBLEM_STATES = {
    "found": "已发现", "assigned": "已交办", "checked": "已核查", "rectified": "已整改", "rejected": "核查不属实", "closed": "已销号",
}  # fmt: skip
NARRATIVES = {"annual": "年度跟踪", "five_year": "五年评估"}


class Job(models.Model):
    """Work that takes longer than a request may: queued here, done by a worker, its outcome kept.

    `attempt` counts how often it was taken up; who finishes it must name the attempt, so that a worker that was thought lost cannot
    overwrite its successor.
    """

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=list(JOB_STATES.items()), default="queued", db_index=True)
    who = models.CharField(max_length=200)
    permission = models.CharField(max_length=40)
    area = models.CharField(max_length=6, blank=True)
    asked = models.JSONField(default=dict)
    stage = models.CharField(max_length=100, blank=True)
    done = models.FloatField(default=0.0)
    result = models.JSONField(null=True)
    faults = models.JSONField(default=list)
    file = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    made = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    beat = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台作业"

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.state}"


class LayerFiling(models.Model):
    """A layer version put before the level above; `layer_version` is its number in the workspace."""

    layer_version = models.PositiveIntegerField(db_index=True)
    area = models.CharField(max_length=6, db_index=True)
    occasion = models.CharField("事由", max_length=10, choices=list(OCCASIONS.items()))
    reason = models.TextField("说明")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="layer_filings_received")
    state = models.CharField(max_length=12, choices=list(FILING_STATES.items()), default="submitted")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = verbose_name_plural = "图层备案"

    def __str__(self) -> str:
        return f"{self.layer_version} → {self.organisation}"


class LayerFilingStep(models.Model):
    """One step of a filing."""

    filing = models.ForeignKey(LayerFiling, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=12, choices=list(FILING_STATES.items()))
    at = models.DateTimeField()
    who = models.CharField(max_length=200)
    paper = models.CharField(max_length=200, blank=True)
    remark = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "图层备案经过"

    def __str__(self) -> str:
        return f"{self.filing_id} {self.state}"


class Problem(models.Model):
    """A spot found in supervision: where, when, by what, and what of the zoning it lies on."""

    batch = models.CharField("来源批次", max_length=64, db_index=True)
    number = models.CharField("图斑编号", max_length=100)
    title = models.CharField("问题", max_length=300)
    source = models.CharField("来源", max_length=200)
    found_on = models.DateField("发现日期")
    geometry = models.JSONField()
    area_m2 = models.FloatField(null=True)
    area = models.CharField("县代码", max_length=6, db_index=True)
    place = models.CharField("位置", max_length=200)
    units = models.JSONField(default=list)
    layers = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=list(PROBLEM_STATES.items()), default="found", db_index=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="problems")
    deadline = models.DateField("办理期限", null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = verbose_name_plural = "监督问题"
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "number"], name="planning_spot_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ProblemStep(models.Model):
    """One step of a problem, with the evidence that goes with it."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=list(PROBLEM_STATES.items()))
    at = models.DateTimeField()
    who = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        verbose_name = verbose_name_plural = "监督问题经过"

    def __str__(self) -> str:
        return f"{self.problem_id} {self.state}"


class ProblemEvidence(models.Model):
    """A file that goes with a step of a problem; its bytes lie in the workspace under their digest."""

    step = models.ForeignKey(ProblemStep, on_delete=models.PROTECT, related_name="evidence")
    at = models.DateTimeField()
    who = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "监督问题佐证"

    def __str__(self) -> str:
        return self.name


class Narrative(models.Model):
    """What people write into a tracking report: the latest text of a section counts, earlier ones stay."""

    kind = models.CharField(max_length=10, choices=list(NARRATIVES.items()))
    area = models.CharField(max_length=6)
    year = models.PositiveIntegerField()
    section = models.CharField(max_length=40)
    text = models.TextField()
    at = models.DateTimeField()
    who = models.CharField(max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "跟踪评估文字"
        indexes: ClassVar = [models.Index(fields=["kind", "area", "year"], name="planning_narrative_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.area} {self.year} {self.section}"
