"""The register knows of what area a finding is, so that each level sees its own: the county of the unit with the largest share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

#: The code of a unit begins with two letters and the county's six digits; a finding that cannot be read, or is of no place, has none.
_UNIT = "json_extract(CASE WHEN json_valid({body}) THEN {body} ELSE '{{}}' END, '$.units[0].code')"
_AREA = f"CASE WHEN {_UNIT} GLOB '[A-Z][A-Z][0-9][0-9][0-9][0-9][0-9][0-9]*' THEN substr({_UNIT}, 3, 6) END"
_SQLITE = (
    "UPDATE finding_entry SET area = (SELECT " + _AREA.format(body="body") + " FROM finding WHERE finding.id = finding_entry.finding)",
    "DROP TRIGGER finding_entered",
    "CREATE TRIGGER finding_entered AFTER INSERT ON finding BEGIN INSERT INTO finding_entry (finding, project, decision, area) "
    "VALUES (new.id, new.project, new.decision, " + _AREA.format(body="new.body") + "); END",
)  # fmt: skip
_POSTGRESQL = (
    """CREATE FUNCTION greenrule_area_of(body text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN
        RETURN substring(body::jsonb -> 'units' -> 0 ->> 'code' from '^[A-Z]{2}([0-9]{6})');
        EXCEPTION WHEN data_exception THEN RETURN NULL; END $$""",
    """UPDATE finding_entry SET area = greenrule_area_of(finding.body) FROM finding WHERE finding.id = finding_entry.finding""",
    """CREATE OR REPLACE FUNCTION greenrule_enter_finding() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO finding_entry (finding, project, decision, area)
        VALUES (new.id, new.project, new.decision, greenrule_area_of(new.body)); RETURN NULL; END $$""",
)


def place(apps: Any, schema: Any) -> None:
    """Say of what area those are that are there, and let the database say it of those that come."""
    for statement in _POSTGRESQL if schema.connection.vendor == "postgresql" else _SQLITE:
        schema.execute(statement)


class Migration(migrations.Migration):
    """A column of the register."""

    dependencies: ClassVar = [("desk", "0005_words")]
    operations: ClassVar = [
        migrations.AddField("entry", "area", models.TextField(null=True)),
        migrations.RunPython(place, migrations.RunPython.noop),
        migrations.AddIndex("entry", models.Index(fields=["area", "-seq"], name="finding_entry_area")),
    ]
