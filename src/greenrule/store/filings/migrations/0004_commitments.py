"""What became of a commitment after approval, as a column that the desk of today asks for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import Q


def fill(apps: Any, schema: Any) -> None:
    """Cases approved on a commitment that nobody has checked are to be checked; earlier checks did not say whether it was kept."""
    case, event = apps.get_model("filings", "Case"), apps.get_model("filings", "CaseEvent")
    given = event.objects.filter(event="committed").values("case")
    checked = event.objects.filter(event="checked").values("case")
    approved = case.objects.filter(state="decided", decision="approved", pk__in=given)
    approved.exclude(pk__in=checked).update(commitment="due")
    approved.filter(pk__in=checked).update(commitment="passed")
    # Nobody waits any more for opinions that were not given before the end.
    case.objects.filter(state__in=("decided", "closed"), waiting__gt=0).update(waiting=0, answer_by=None)
    case.objects.filter(state="closed", owed__gt=0).update(owed=0, owed_by=None)


class Migration(migrations.Migration):
    """A column of cases."""

    dependencies: ClassVar = [("filings", "0003_rows")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="case",
            name="commitment",
            field=models.CharField("承诺核查", max_length=8, blank=True, default=""),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["area", "id"],
                name="filings_case_checks",
                condition=Q(commitment__in=("due", "failed")),
            ),
        ),
    ]
