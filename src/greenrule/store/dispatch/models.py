"""Tables of the task board.  Progress, figures, evidence and assessments are only added; a database trigger holds it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from greenrule.store.desk.models import Organisation

#: What a reporter says of its own task, and what the dispatcher holds of it.
GRADES = {"done": "已完成", "on_track": "按序推进", "behind": "滞后", "stalled": "停滞"}


class TaskState(models.Model):
    """A task of the packs (`task` is its id) for which an organisation answers; its area is the organisation's."""

    task = models.CharField("任务", max_length=100, db_index=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="tasks", verbose_name="责任单位"
    )
    area = models.CharField("辖区代码", max_length=6, db_index=True)
    deadline = models.DateField("调度期限", null=True, blank=True)
    demand = models.TextField("调度要求", blank=True)
    version = models.PositiveIntegerField(default=1)
    made = models.DateTimeField("分派于", auto_now_add=True)
    by = models.CharField("分派人", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "任务分派"
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "organisation"], name="dispatch_task_once")]

    def __str__(self) -> str:
        return f"{self.task} {self.organisation}"


class Progress(models.Model):
    """A report on a task: what was done, and the reporter's own assessment."""

    state = models.ForeignKey(TaskState, on_delete=models.PROTECT, related_name="progress")
    at = models.DateTimeField(db_index=True)
    who = models.CharField(max_length=200)
    text = models.TextField("进展")
    grade = models.CharField("自评", max_length=10, choices=list(GRADES.items()))

    class Meta:
        verbose_name = verbose_name_plural = "进展"

    def __str__(self) -> str:
        return f"{self.state} {self.at:%Y-%m-%d}"


class Figure(models.Model):
    """A figure of a report for one target of the packs, exactly as it was written, in the target's unit."""

    progress = models.ForeignKey(Progress, on_delete=models.PROTECT, related_name="figures")
    target = models.CharField(max_length=100)
    value = models.CharField(max_length=40)
    as_of = models.DateField()

    class Meta:
        verbose_name = verbose_name_plural = "目标数值"
        constraints: ClassVar = [models.UniqueConstraint(fields=["progress", "target"], name="dispatch_figure_once")]

    def __str__(self) -> str:
        return f"{self.target} {self.value}"


class Evidence(models.Model):
    """A file that goes with a report; its bytes lie in the workspace under their digest."""

    progress = models.ForeignKey(Progress, on_delete=models.PROTECT, related_name="evidence")
    at = models.DateTimeField()
    who = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    media = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"

    def __str__(self) -> str:
        return self.name


class Assessment(models.Model):
    """What the dispatcher holds of a task; `deadline` names the one that is meant, none the whole task."""

    state = models.ForeignKey(TaskState, on_delete=models.PROTECT, related_name="assessments")
    at = models.DateTimeField()
    who = models.CharField(max_length=200)
    grade = models.CharField("评定", max_length=10, choices=list(GRADES.items()))
    deadline = models.DateField(null=True)
    remark = models.TextField("意见", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "调度评定"

    def __str__(self) -> str:
        return f"{self.state} {self.grade}"
