"""Parts of names are found by an index of all their pieces of one to three characters; it needs no extension, and finds short words too."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

#: `COST`: what a row costs that is not found by the index.
_GRAMS = """CREATE FUNCTION greenrule_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
    SELECT ARRAY(SELECT substr($1, i, n) FROM generate_series(1, 3) AS n, generate_series(1, length($1) - n + 1) AS i) $$"""


def index_words(apps: Any, schema: Any) -> None:
    """On PostgreSQL; SQLite reads its rows."""
    if schema.connection.vendor == "postgresql":
        schema.execute("DROP INDEX IF EXISTS finding_entry_project")  # of trigrams, which early databases have
        schema.execute(_GRAMS)
        schema.execute("CREATE INDEX finding_entry_words ON finding_entry USING gin (greenrule_grams(upper(project)))")


class Migration(migrations.Migration):
    """An index of the register of findings."""

    dependencies: ClassVar = [("desk", "0004_register")]
    operations: ClassVar = [migrations.RunPython(index_words, migrations.RunPython.noop)]
