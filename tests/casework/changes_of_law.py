"""Drafts over the real packs, each changing the law in another way."""

from __future__ import annotations

import shutil
from pathlib import Path

from greenrule.packs.book import default_packs
from tests.cli.workspace import write

ON_TOP = {
    "pack.toml": 'id = "draft-2027"\n',
    "instruments/draft-2027.yaml": (
        "id: draft-2027\nnumber: unknown\nkind: provincial_policy\ntitle: {zh: 某修订草案, en: A draft}\nissuer: unknown\n"
        "issued: 2026-12-01\nin_force: {from: 2027-01-01}\nrecorded: 2026-12-01\nquality: memory\n"
        "clauses: [{id: '1', label: 第1条}, {id: '2', label: 第2条}]\n"
    ),
    "rules/draft.rules": (
        'rule draft-01 "太原盆地不再新增焦化"\n  subject project\n  when site.taiyuan_basin and industry under 2521\n'
        '  effect prohibit access\n  then "不予准入"\n  strength mandatory\n  cites draft-2027#1\n  replaces air-24-a, zn-05-c\n'
        'rule draft-02 "燃煤锅炉项目限制准入"\n  subject project\n  when boiler.coal_capacity > 0 蒸吨/小时\n  effect restrict access\n'
        '  then "限制准入"\n  strength mandatory\n  cites draft-2027#2\n'
    ),
    "parameters/draft.yaml": (
        "parameters:\n  permit.boiler_limit:\n    label: 锅炉界限\n    unit: 蒸吨/小时\n    amends: true\n"
        "    values: [{from: 2027-01-01, value: 10, cite: 'draft-2027#2'}]\n"
    ),
}  # fmt: skip


def layered(folder: Path) -> Path:
    """A draft that lies on top of the packs: rules that replace, a rule that is new, a parameter amended."""
    for name, text in ON_TOP.items():
        write(folder / name, text)
    return folder


def edited(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """The province's pack with texts replaced in its files: it replaces the pack of the same id."""
    shutil.copytree(default_packs()[1], folder)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, (name, old)
        write(path, text.replace(old, new))
    return folder


#: A strength that no longer forbids, a list that grows, a definition that narrows, and a rule that is gone.
EDITS = (
    ("rules/taixin-2022.rules", "  effect restrict access\n  then \"太忻一体化经济区严控“两高”项目准入\"",
     "  effect prohibit access\n  then \"太忻一体化经济区严控“两高”项目准入\""),
    ("lists/air-industries.yaml", 'codes: [B, C, "4411", "4412", "4417", "4419", "443", "45", "46", "645"]',
     'codes: [B, C, "4411", "4412", "4417", "4419", "443", "45", "46", "645", "4416", "7723"]'),
    ("rules/implicit.rules", "emission.so2 > 0 吨/年 or emission.nox", "emission.so2 > 20 吨/年 or emission.nox"),
    ("rules/zoning-opinion.rules", "rule zn-05-c ", "rule zn-05-c-renamed "),
    ("conflicts.yaml", "rules: [zn-05-c, air-24-a]", "rules: [zn-05-c-renamed, air-24-a]"),
)  # fmt: skip
