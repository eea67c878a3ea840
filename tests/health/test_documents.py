"""The five documents themselves, where they lie beside the checkout: read into exactly the clauses that the packs register.

The golden files hold anchors, lengths and hashes, no text; `GREENRULE_UPDATE_GOLDEN=1` writes them from the documents.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from greenrule.packs.documents.binding import Bound, anchor_of, bind, unlisted
from greenrule.packs.instruments import load_instruments

ROOT = Path(__file__).parents[2]
SEEDS = Path(os.environ.get("GREENRULE_SEEDS") or ROOT.parent / "shared" / "seeds")
GOLDEN = ROOT / "tests" / "golden" / "documents"
UPDATE = os.environ.get("GREENRULE_UPDATE_GOLDEN") == "1"
INSTRUMENTS = load_instruments([ROOT / "packs" / "cn", ROOT / "packs" / "cn-shanxi"])

#: instrument → (start of the document's file name, how it is recognised)
DOCUMENTS = {
    "sx-2024-7-measures": ("000_", "number"),
    "sx-2022-8-taixin": ("001_", "number"),
    "sx-2024-7-air": ("002_", "number"),
    "sx-ecoprovince-2030": ("003_", "title"),
    "sx-zoning-opinion": ("004_", "text"),
}


def read(name: str) -> Bound:
    """A document, bound to its instrument; skips where it is not there."""
    found = sorted(SEEDS.glob(f"{DOCUMENTS[name][0]}*.txt"))
    if not found:
        pytest.skip(f"{SEEDS} 下没有五份文件的原文；它们不随项目分发，放在检出目录旁边即可核对")
    return bind(found[0], INSTRUMENTS)


def golden(name: str) -> dict[str, tuple[int, str]]:
    """Anchor → length and hash, as the document was last read."""
    rows = (line.split() for line in (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines())
    return {anchor: (int(length), sha256) for anchor, length, sha256 in rows}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_recognised_and_reads_as_before(name: str) -> None:
    bound = read(name)
    assert bound.instrument is INSTRUMENTS[name]
    assert bound.how == DOCUMENTS[name][1]
    assert bound.document.faults == ()
    assert bound.document.notes == ()
    found = {passage.anchor: (passage.length, passage.sha256) for passage in bound.document}
    if UPDATE:
        GOLDEN.mkdir(parents=True, exist_ok=True)
        lines = [f"{anchor} {length} {sha256}\n" for anchor, (length, sha256) in found.items()]
        (GOLDEN / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    assert found == golden(name)
    assert unlisted(bound) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_packs_register_exactly_these_clauses(name: str) -> None:
    rows = golden(name)
    clauses = INSTRUMENTS[name].clauses.values()
    for clause in clauses:
        assert rows[anchor_of(clause)][1] == clause.sha256, clause.id
    registered = {anchor_of(clause) for clause in clauses}
    assert {anchor for anchor in rows if not anchor.rpartition(".")[2].startswith("p") or anchor == "preamble"} == {
        anchor for anchor in registered if not anchor.rpartition(".")[2].startswith("p") or anchor == "preamble"
    }
    # A clause of two paragraphs whose departments differ is registered paragraph by paragraph.
    for anchor in registered:
        whole, _, last = anchor.rpartition(".")
        if last.startswith("p") and whole:
            count = sum(other.startswith(f"{whole}.p") for other in rows)
            assert {f"{whole}.p{n}" for n in range(1, count + 1)} <= registered


def test_no_text_in_the_golden_files() -> None:
    for name in DOCUMENTS:
        assert (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").isascii()


def test_a_copy_with_other_noise_is_the_same_document(tmp_path: Path) -> None:
    # The real texts, printed narrower, in GBK, with full-width figures and other page marks.
    from greenrule.packs.documents.writing import clean_text
    from tests.packs.documents import paper

    for name in DOCUMENTS:
        lines = [paper.full_width(line.replace("　", "")) for line in clean_text(read(name).document).splitlines()]
        pages = paper.with_pages(paper.wrapped(lines, 24, True), 22, paper.MARKS[1])
        (tmp_path / "x.txt").write_bytes("\r\n\r\n".join(pages).encode("gb18030"))
        again = bind(tmp_path / "x.txt", INSTRUMENTS, name)
        found = {id: passage.sha256 for id, passage in again.passages.items()}
        assert found == {clause.id: clause.sha256 for clause in INSTRUMENTS[name].clauses.values()}, name


# -- what the packs say stands where they say it stands ---------------------------------------------------------------
@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """`instrument#clause` → its text as it is hashed."""
    from greenrule.packs.documents.normal import normal_text

    return {
        f"{name}#{id}": normal_text(passage.text) for name in DOCUMENTS for id, passage in read(name).passages.items()
    }


#: Targets whose number is not written as such: all, none, every month, and what is counted or derived (their notes say how).
IN_WORDS = {
    "g-air-21", "g-air-22", "g-air-37", "g-air-38", "g-air-41", "g-air-42", "g-air-43", "g-air-44",
    "g-eco-02", "g-eco-03", "g-eco-04", "g-eco-24", "g-eco-25", "g-eco-28", "g-eco-37", "g-eco-39", "g-eco-44", "g-eco-45", "g-eco-46",
    "g-eco-50", "g-eco-51", "g-m24-04", "g-tx22-01", "g-tx22-03", "g-zn-04", "g-zn-05", "g-zn-06",
}  # fmt: skip


def test_every_number_of_a_target_stands_in_its_clause(texts: dict[str, str]) -> None:
    from greenrule.core.units import number_text
    from greenrule.packs.places import load_places
    from greenrule.packs.targets import load_targets

    packs = [ROOT / "packs" / "cn-shanxi"]
    missing = set()
    for target in load_targets(packs, INSTRUMENTS, load_places([ROOT / "packs" / "cn", *packs])).values():
        text = "".join(texts[cite] for cite in target.cites)
        numbers = [number_text(value) for value in (target.value, target.upper) if value is not None]
        numbers += [str(number) for number in (target.among, target.base_year) if number is not None]
        if not all(number in text for number in numbers):
            missing.add(target.id)
    assert missing == IN_WORDS


def test_every_number_of_a_parameter_stands_in_its_clause(texts: dict[str, str]) -> None:
    from greenrule.packs.marked import load_marked

    seen = 0
    for path in sorted((ROOT / "packs" / "cn-shanxi" / "parameters").glob("*.yaml")):
        for name, entry in load_marked(path).mapping()["parameters"].mapping().items():
            for value in entry.mapping()["values"].sequence():
                row = value.mapping()
                assert row["value"].text() in texts[row["cite"].text()], name
                seen += 1
    assert seen >= 16


#: Named in a task in other words than the text's.
PARAPHRASED = {
    "省市县乡四级生态环境保护委员会", "设区市行政审批部门", "跨市项目主要涉及市环评审批部门", "省、设区市生态环境主管部门", "发布该方案的人民政府",
}  # fmt: skip


def test_departments_and_years_of_a_task_stand_in_its_clause(texts: dict[str, str]) -> None:
    from greenrule.packs.documents.normal import normal_text
    from greenrule.packs.places import load_places
    from greenrule.packs.tasks import load_tasks

    packs = [ROOT / "packs" / "cn-shanxi"]
    for task in load_tasks(packs, INSTRUMENTS, load_places([ROOT / "packs" / "cn", *packs])).values():
        text = "".join(texts[cite] for cite in task.cites)
        for name in task.everyone:
            assert normal_text(name) in text or name in PARAPHRASED, (task.id, name)
        for deadline in task.deadlines:
            assert str(deadline.by.year) in text, (task.id, deadline)
