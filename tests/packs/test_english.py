"""The English of our packs: whole, not stale, and without effect on any answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import Law, default_packs, load_book, pack_digest
from greenrule.packs.compiled import load_law
from greenrule.packs.english import _words, english_sentence, english_words, lacking_english, stale_english

CHINESE = re.compile("[\u4e00-\u9fff]")
#: An industry class, which has no official English: its Chinese name and its code.
INDUSTRY = re.compile(r"[\u4e00-\u9fff（）、，《》/]+ \([A-Z]?\d*\)")


@pytest.fixture(scope="module")
def law() -> Law:
    return load_law()


def test_nothing_that_people_meet_lacks_english(law: Law) -> None:
    assert lacking_english(law) == []


def test_the_english_speaks_of_nothing_that_is_gone(law: Law) -> None:
    assert stale_english(law) == []


def test_every_rule_is_said_in_english(law: Law) -> None:
    """All rules of both packs; Chinese is left in the names of industries only."""
    say = english_sentence(law)
    for rule in law.book.rules.values():
        told = say.rule(rule)
        assert not CHINESE.search(INDUSTRY.sub("", told)), (rule.id, told)
        assert not CHINESE.search(say.title(rule)), rule.id


def test_numbers_of_a_translation_are_those_of_its_chinese(law: Law) -> None:
    """A number in English stands in the Chinese too, as written or with 万 or 亿 multiplied out; no translation brings its own."""
    spelt = {"one": 1, "five": 5, "seven": 7, "ten": 10}
    for name, (title, then) in english_words(law).rules.items():
        rule = law.book.rules[name]
        chinese = rule.title + rule.then
        known = {float(found.replace(",", "")) for found in re.findall(r"\d[\d,.]*\d|\d", chinese)}
        known |= {value * scale for value in known for scale in (1e4, 1e8, 0.01, 0.1, 10, 100)} | set(spelt.values())
        told = re.sub(r"PM2\.5|5A|m[²³]|(?:air|zn|eco|m24|tx22)-[\w-]+|SO2", "", title + " " + then)
        for number in re.findall(r"\d[\d,.]*\d|\d", told):
            value = float(number.replace(",", ""))
            assert value in known or value * 1e6 in known or value * 1e9 in known, (name, number, chinese)


def test_another_language_changes_no_digest(tmp_path: Path) -> None:
    folder = tmp_path / "cn"
    shutil.copytree(default_packs()[0], folder)
    before = pack_digest(folder)
    (folder / "english" / "words.yaml").write_text("groups: {boiler: Kettles}\n", encoding="utf-8")
    assert pack_digest(folder) == before
    (folder / "decisions.yaml").write_text("decisions: {}\n", encoding="utf-8")
    assert pack_digest(folder) != before


def test_stale_and_broken_english_is_told_with_its_place(tmp_path: Path) -> None:
    folders = []
    for source in default_packs():
        folders.append(tmp_path / source.name)
        shutil.copytree(source, folders[-1])
    (folders[1] / "english" / "more.yaml").write_text("rules: {gone-1: {title: A, then: B}}\n", encoding="utf-8")
    law = load_book(folders)
    assert [(fault.code, "gone-1" in fault.message) for fault in stale_english(law)] == [("TNG001", True)]
    (folders[1] / "english" / "zz.yaml").write_text("rules: [\n", encoding="utf-8")
    _words.cache_clear()
    with pytest.raises(InputFault) as broken:
        english_words(law)
    _words.cache_clear()
    assert "zz.yaml" in str(broken.value)
