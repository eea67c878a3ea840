"""Indexes for registers of a million cases: by state, by what is to be done today, by words."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import Q

_RUNNING = Q(state="accepted", paused=False)
_OTHERS = Q(state="accepted") & (Q(waiting__gt=0) | Q(owed__gt=0) | Q(paused=True))
_INDEXES = (
    models.Index(fields=["area", "state", "-id"], name="filings_case_county"),
    models.Index(fields=["state", "-id", "area"], name="filings_case_state"),
    models.Index(fields=["area", "decide_by", "id"], name="filings_case_decide_county", condition=_RUNNING),
    models.Index(fields=["decide_by", "id", "area"], name="filings_case_decide", condition=_RUNNING),
    models.Index(
        fields=["decide_by", "id", "area", "tell_by"], name="filings_case_silent", condition=Q(state="received")
    ),
    models.Index(fields=["area", "tell_by", "id"], name="filings_case_tell_county", condition=Q(state="received")),
    models.Index(fields=["tell_by", "id", "area"], name="filings_case_tell", condition=Q(state="received")),
    models.Index(fields=["owed_by", "id", "area"], name="filings_case_owed", condition=Q(state="accepted", owed__gt=0)),
    models.Index(
        fields=["answer_by", "id", "area"], name="filings_case_answer", condition=Q(state="accepted", waiting__gt=0)
    ),
    models.Index(fields=["area", "id"], name="filings_case_others", condition=_OTHERS),
)
#: `store.desk.words` writes the same expression.
_WORDS = (
    "CREATE INDEX filings_project_words ON filings_project"
    " USING gin (greenrule_grams(upper(name || E'\\n' || applicant)))"
)


def index_words(apps: Any, schema: Any) -> None:
    """On PostgreSQL; SQLite reads its rows."""
    if schema.connection.vendor == "postgresql":
        schema.execute(_WORDS)


class Migration(migrations.Migration):
    """Indexes of filings."""

    dependencies: ClassVar = [("filings", "0002_beside"), ("desk", "0005_words")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="case", name="filings_case_area"),
        migrations.RemoveIndex(model_name="case", name="filings_case_due"),
        *(migrations.AddIndex(model_name="case", index=index) for index in _INDEXES),
        migrations.AddIndex(
            model_name="project", index=models.Index(fields=["industry", "-id"], name="filings_project_trade")
        ),
        migrations.RunPython(index_words, migrations.RunPython.noop),
    ]
