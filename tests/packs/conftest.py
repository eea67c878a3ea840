"""A small pack in a temporary folder, to be spoiled in one way at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = {
    "pack.toml": 'id = "tiny"\n',
    "vocab/gbt4754.csv": "code,name,level,parent,section\nC,制造业,section,,C\n25,石油加工,division,C,C\n2521,炼焦,class,25,C\n",
    "vocab/nature.csv": "id,zh,en\nnew,新建,new\nexpand,扩建,expand\n",
    "instruments/x-1.yaml": (
        "id: x-1\nnumber: 某〔2024〕1号\nkind: provincial_policy\ntitle: {zh: 某文件, en: Some paper}\nissuer: 某厅\nissued: 2024-01-02\n"
        "in_force: {from: 2024-01-02}\nrecorded: 2024-01-02\nquality: public_copy\nclauses:\n  - {id: '1', label: 第1条, heading: 甲}\n"
    ),
    "decisions.yaml": (
        "decisions:\n  access:\n    label: 准入\n    values: {allowed: 可, prohibited: 禁}\n    default: allowed\n"
        "    verbs: {prohibit: prohibited}\n"
    ),
    "facts/base.yaml": (
        "facts:\n  industry: {kind: set, vocab: gbt4754, label: 行业, question: 行业？}\n"
        "  nature: {kind: category, vocab: nature, label: 建设性质, question: 性质？}\n"
        "  capacity: {kind: quantity, unit: 吨/年, label: 生产能力, question: 多少？, family: capacity}\n"
        "  capacity.power: {kind: quantity, unit: 千瓦, label: 装机容量, question: 多少？, family: capacity}\n"
        "  added:\n    kind: quantity\n    unit: 吨/年\n    label: 新增能力\n    question: 新增多少？\n"
        "    derive:\n      - {value: capacity, when: nature is new}\n"
        "  near: {kind: truth, label: 邻近, question: 邻近？}\n"
    ),
    "parameters/limit.yaml": (
        "parameters:\n  limit:\n    label: 限值\n    unit: 万吨/年\n    values:\n      - {from: 2024-01-02, value: 90, cite: 'x-1#1'}\n"
    ),
    "lists/heavy.yaml": "lists:\n  heavy: {vocab: gbt4754, label: 重, codes: ['2521'], open_within: ['C'], note: 等字未尽}\n",
    "rules/x.rules": (
        'rule x-a "甲"\n  subject project\n  when industry under @heavy and added >= $limit and near\n  effect prohibit access\n'
        '  then "不予准入"\n  strength mandatory\n  cites x-1#1\n'
    ),
    "cases/x.yaml": (
        "cases:\n  x-a:\n    effect: prohibit access\n    base: {industry: '2521', added: 90 万吨/年, near: 是}\n    yes: [{}]\n"
        "    no: [{added: 89.99 万吨/年}, {near: 否}]\n    unknown: [{near: '?', missing: [near]}, {industry: '25'}]\n"
    ),
}  # fmt: skip


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The pack, sound."""
    for name, text in FILES.items():
        path = tmp_path / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "tiny"
