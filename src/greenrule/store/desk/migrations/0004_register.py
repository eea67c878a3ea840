"""The register of findings: in the order in which they came, with what lists are filtered by, so that a million of them page quickly."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

#: Findings come from the command line too, which knows no Django: the database itself enters them.
_SQLITE = (
    "INSERT INTO finding_entry (finding, project, decision) SELECT id, project, decision FROM finding ORDER BY rowid",
    """CREATE TRIGGER finding_entered AFTER INSERT ON finding BEGIN
        INSERT INTO finding_entry (finding, project, decision) VALUES (new.id, new.project, new.decision);
    END""",
)
_POSTGRESQL = (
    """INSERT INTO finding_entry (finding, project, decision) SELECT id, project, decision FROM finding LEFT JOIN
       (SELECT subject, min(seq) AS seq FROM audit GROUP BY subject) AS told ON told.subject = finding.id ORDER BY told.seq, id""",
    """CREATE FUNCTION greenrule_enter_finding() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO finding_entry (finding, project, decision) VALUES (new.id, new.project, new.decision); RETURN NULL; END $$""",
    """CREATE TRIGGER finding_entered AFTER INSERT ON finding FOR EACH ROW EXECUTE FUNCTION greenrule_enter_finding()""",
)


def enter(apps: Any, schema: Any) -> None:
    """Enter what is there, and let the database enter what comes."""
    for statement in _POSTGRESQL if schema.connection.vendor == "postgresql" else _SQLITE:
        schema.execute(statement)


class Migration(migrations.Migration):
    """Third table of the desk."""

    dependencies: ClassVar = [("desk", "0003_accounts")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("finding", models.TextField(unique=True)),
                ("project", models.TextField(null=True)),
                ("decision", models.TextField(null=True)),
            ],
            options={"db_table": "finding_entry", "verbose_name": "结论登记", "verbose_name_plural": "结论登记"},
        ),
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["decision", "-seq"], name="finding_entry_decision")
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]
