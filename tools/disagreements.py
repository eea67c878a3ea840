"""Write `docs/explanation/what-the-five-documents-disagree-on.md` from what the packs say and the solver finds.

    python tools/disagreements.py            # write the page
    python tools/disagreements.py --check    # write nothing; exit 1 if the page is stale

Readings in English stand in `docs/explanation/disagreements.yaml`, written by hand; a conflict or kept finding without one is a fault.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.markdown import table  # noqa: E402

from greenrule.casework.proving import Proofs, examine, witness_words  # noqa: E402
from greenrule.packs.book import Law, load_book  # noqa: E402
from greenrule.packs.cases import CASE_DAY  # noqa: E402
from greenrule.packs.proofs import load_conventions  # noqa: E402
from greenrule.packs.proving import Finding  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "what-the-five-documents-disagree-on.md"
READINGS = PAGE.with_name("disagreements.yaml")
_RESOLVED = {
    "newer": "the newer document", "special": "the special rule", "higher": "the higher document", "stricter": "the stricter side",
    "both_apply": "both apply",
}  # fmt: skip
_PARTS = (
    ("contradiction", "Further contradictions the solver found", "Pairs of rules of one matter that can hold together and say different things, beyond the list above."),
    ("relaxes", "Where a lower document relaxes a higher one", "With the rules of the higher documents alone these projects would come out stricter."),
    ("gap", "Where nobody speaks", "Everything about the project is known, and still no rule decides; or a row of thresholds has a hole."),
    ("dead", "Rules that never hold", "No project can meet their conditions."),
    ("duplicate", "Said twice", "The same condition and the same consequence in two places."),
    ("redundant", "Said once too often", "Wherever the rule speaks, another says the same or more."),
)  # fmt: skip


def readings() -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
    """Hand-written readings: by conflict, and by the first finding of a kept entry."""
    found = yaml.safe_load(READINGS.read_text(encoding="utf-8"))
    return found["conflicts"], {item["finding"]: item for item in found["kept"]}


def kept_entries(law: Law) -> list[list[str]]:
    """Findings that are kept together, in the order of the files."""
    groups: dict[str, list[str]] = {}
    for name, kept in load_conventions(law).kept.items():
        groups.setdefault(str(kept.at), []).append(name)
    return list(groups.values())


def _clause(law: Law, cite: str) -> str:
    instrument, clause = law.instruments.find(cite)
    name = f"《{instrument.title['zh']}》" + (f"（{instrument.number}）" if instrument.number else "")
    return f"{name}{clause.label}「{clause.heading or ''}」" if clause else name


def _rules(law: Law, rules: tuple[str, ...]) -> str:
    return table(
        ("rule", "says 说", "clause 条款"),
        ((f"`{rule}`", law.book.rules[rule].title, _clause(law, law.book.rules[rule].cites[0])) for rule in rules),
    )


def _witness(proofs: Proofs, finding: Finding) -> Iterator[str]:
    for project in proofs.projects.get(finding.id, ())[:3]:
        yield f"Witness 见证: {witness_words(proofs.law, project)}."


def _conflicts(proofs: Proofs, told: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    law = proofs.law
    pairs: dict[str, list[Finding]] = {}
    for item in proofs.report.conflicts:
        pairs.setdefault(item.subject[0], []).append(item)
    for item in law.conflicts:
        name = str(item["id"])
        if name not in told:
            raise SystemExit(f"{READINGS.name}: no reading of the conflict `{name}`")
        yield f"### {told[name]['title']}"
        yield f"{item['topic']} · `{name}`"
        if item["rules"]:
            yield _rules(law, tuple(item["rules"]))
        else:
            yield table(("clause 条款",), ([_clause(law, cite)] for cite in item["clauses"]))
        yield f"{told[name]['reading'].strip()} Taken: {_RESOLVED[str(item['resolved_by'])]}" + (
            f" (`{'`, `'.join(item['prefer'])}`)." if item["prefer"] else "."
        )
        for finding in pairs.get(name, []):
            if finding.answer.verdict == "yes":
                yield "The solver proves that the two never hold of one project."
            elif finding.answer.verdict == "undecided":
                yield f"Whether both can hold of one project the solver did not decide ({finding.answer.reason})."
            yield from _witness(proofs, finding)


def _kept(proofs: Proofs, told: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    law, found = proofs.law, {item.id: item for item in proofs.report.findings}
    groups = kept_entries(law)
    for kind, title, lead in _PARTS:
        mine = [group for group in groups if group[0].partition(":")[0] == kind and group[0] in told]
        others = [group for group in groups if group[0].partition(":")[0] == kind and group[0] not in told]
        fresh = [item for item in proofs.report.findings if item.kind == kind and item.known is None]
        if not mine and not fresh and not others:
            continue
        yield f"## {title}"
        yield lead
        for group in mine:
            first = next((found[name] for name in group if name in found), None)
            if first is None:
                continue
            yield f"### {told[group[0]]['title']}"
            yield _rules(
                law, tuple(dict.fromkeys(rule for name in group if name in found for rule in found[name].rules))
            )[:-1]
            yield told[group[0]]["reading"].strip()
            yield from _witness(proofs, first)
        count = sum(len([name for name in group if name in found]) for group in others)
        if count:
            yield f"{count} more concern the two national catalogues alone; they stand with their reasons in `packs/cn/proofs.yaml`."
        for item in fresh:
            yield f"Not yet read: `{item.id}`."


def page(proofs: Proofs) -> str:
    """The page as text."""
    law, report = proofs.law, proofs.report
    conflicts, kept = readings()
    names = {str(item["id"]) for item in law.conflicts}
    entries = {group[0] for group in kept_entries(law)}
    if orphans := [*(set(conflicts) - names), *(set(kept) - entries)]:
        raise SystemExit(f"{READINGS.name}: readings of what is not there: {', '.join(sorted(orphans))}")
    kinds = ", ".join(f"{count} on {kind}" for kind, count in sorted(report.questions.items()))
    lead = (
        f"As of {proofs.on}, `greenrule pack prove` asked {sum(report.questions.values()):,} questions of {len(law.book.rules):,} rules ({kinds}) and "
        f"left {len(report.undecided)} undecided. Every witness below was replayed on the scalar machine; `greenrule pack prove --all "
        "--save-witness DIR` writes each as a project that `greenrule screen` accepts. The readings are ours, made by hand; the documents' own "
        "titles of clauses are in our words. How to ask these questions of a draft: [prove a rulebook](../how-to/prove-a-rulebook.md)."
    )
    parts = [
        "# What the five documents disagree on",
        "<!-- Written by tools/disagreements.py from packs/*/conflicts.yaml, packs/*/proofs.yaml and disagreements.yaml. -->",
        lead,
        "## Where they say different things",
        "Each of these is told in every finding that it concerns, but for those between clauses that say nothing of a project.",
        *_conflicts(proofs, conflicts),
        *_kept(proofs, kept),
        "## What was not asked",
        f"{report.side_by_side} pairs of rules on access, of which one forbids and one restricts, are about different matters. A project that meets both is "
        "forbidden, as both documents would have it; these pairs were not gone through one by one. Whether two rules are of one matter is judged by "
        "the facts they read: more than half of what the narrower reads must be common. Rules of two industries contradict one another only in a "
        "project that spans both, which is not counted.",
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def main() -> int:
    """Write or check."""
    text = page(examine(load_book(), CASE_DAY))
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"stale: {PAGE.relative_to(ROOT)}; run python tools/disagreements.py", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
