"""Clause pages say what the packs say: every carrier stands under its clause, every tie holds both ways, no text is shipped."""

from __future__ import annotations

import json
from datetime import date

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.citing import by_clause, citations
from greenrule.packs.library.copies import Copies
from tests.health.test_documents import SEEDS

DAY = date(2026, 11, 25)


def test_every_citation_of_the_packs_stands_under_its_clause(library):
    """`packs.citing` collects for the readings, the shelf for readers; they walk different ways and must agree."""
    told = by_clause(citations(library.law))
    assert len(told) > 150
    for (name, clause), kinds in told.items():
        found = library.shelf.carriers(name, clause)
        for kind, ids in kinds.items():
            assert set(ids) <= set(found[kind]), (name, clause, kind)


def test_every_document_and_clause_has_a_page_of_plain_data(library):
    for item in library.documents(DAY):
        document = library.document(item["id"], DAY)
        assert json.loads(json.dumps(document)) == document
        seen = set()
        for row in document["clauses"]:
            assert row["part_of"] is None or row["part_of"] in seen  # reading order: above before below
            seen.add(row["id"])
            page = library.page(item["id"], row["id"], DAY)
            assert json.loads(json.dumps(page)) == page
            assert len(page["rules"]) == row["counts"].get("rules", 0)
        assert len(seen) == item["clauses"]


def test_clauses_touch_each_other_both_ways(library):
    for name, clause in list(library.shelf.carried):
        if clause:
            for touch in library.touching.of(name, clause):
                back = {(one.instrument, one.clause) for one in library.touching.of(touch.instrument, touch.clause)}
                assert (name, clause) in back


def test_a_conflict_comes_before_a_shared_fact(library):
    page = library.page("sx-2024-7-measures", "24", DAY)
    first = page["touching"][0]
    assert (first["instrument"], first["clause"], first["ties"][0]["kind"]) == ("sx-2022-8-taixin", "9", "conflict")
    assert [rule["id"] for rule in page["rules"]] == ["m24-24-a", "m24-24-b", "m24-24-c", "m24-24-d", "m24-24-e"]
    assert any(one["open"] and one["id"] == "m24-24-b" for one in page["readings"])
    assert page["before"]["clause"] == "s6"
    assert page["above"][0]["clause"] == "s6"


def test_items_of_a_catalogue_go_by_their_industries(library):
    assert library.page("cn-eia-catalogue-2021", "43", DAY)["heading"]
    assert len(library.document("cn-eia-catalogue-2021", DAY)["clauses"]) >= 173


@pytest.mark.parametrize(("name", "clause", "code"), [("sx-2024-7", "1", "LAW001"), ("sx-2024-7-air", "99", "LAW002")])
def test_what_is_not_there_is_told_with_what_is_like_it(library, name, clause, code):
    with pytest.raises(InputFault) as told:
        library.page(name, clause, DAY)
    assert told.value.faults[0].code == code
    assert told.value.faults[0].help


def test_the_users_own_copy_is_read_and_compared(library, tmp_path):
    source = next(iter(sorted(SEEDS.glob("000_*.txt"))), None)
    if source is None:
        pytest.skip("the documents lie beside the repository, and are not there")
    (tmp_path / "a.txt").write_bytes(source.read_bytes())
    (tmp_path / "b.docx").write_bytes(b"no document")
    copies = Copies([tmp_path], library.law.instruments)
    found = copies.of("sx-2024-7-measures", "7")
    assert found is not None
    assert found.as_registered is True
    assert [fault.code for fault in copies.faults] != []  # the broken one is told, and costs nobody the page
    (tmp_path / "a.txt").write_text(source.read_text("utf-8").replace("承诺", "许诺"), encoding="utf-8")
    changed = copies.of("sx-2024-7-measures", "7")
    assert changed is not None
    assert changed.as_registered is False


def test_nothing_is_shown_where_there_is_no_copy(library, tmp_path):
    assert Copies([tmp_path, tmp_path / "none"], library.law.instruments).of("sx-2024-7-measures", "7") is None
