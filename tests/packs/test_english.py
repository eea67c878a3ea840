"""The English of our packs: whole, not stale, and without effect on any answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import Law, default_packs, load_book, pack_digest
from greenrule.packs.compiled import load_law
from greenrule.packs.english import _words, english_sentence, english_words
from greenrule.packs.translated import chinese, lacking_english, read_marks, stale_english

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def law() -> Law:
    return load_law()


def test_nothing_that_people_meet_lacks_english(law: Law) -> None:
    assert lacking_english(law) == []


def test_the_english_speaks_of_nothing_that_is_gone_or_has_changed(law: Law) -> None:
    assert stale_english(law) == []


def test_what_was_read_is_what_stands_there(law: Law) -> None:
    """No mark is kept of an entry that is gone."""
    there = chinese(law)
    for folder in law.folders:
        for section, name in read_marks(folder):
            assert name in there[section], (section, name)


#: What stays Chinese in a note: the number of a document.
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号")


def test_what_stands_beside_the_rules_is_english(law: Law) -> None:
    """Notes, lists, conflicts, transitions, parameters: no Chinese but numbers of documents; one Chinese, one English."""
    words, there = english_words(law), chinese(law)
    said: dict[tuple[str, str], str] = {}
    for section, entries in words.beside.items():
        for name, entry in entries.items():
            for part, text in _parts(entry):
                assert not CHINESE.search(NUMBER.sub("", text)), (section, name, text)
                assert said.setdefault((section, there[section][name][part]), text) == text, (section, name)
    for name, text in words.parameters.items():
        assert not CHINESE.search(text), name


def test_numbers_beside_the_rules_are_those_of_the_chinese(law: Law) -> None:
    """A translation brings no number of its own and drops none; what Chinese writes in characters or in 万 is not compared."""
    there = chinese(law)
    for section, entries in english_words(law).beside.items():
        for name, entry in entries.items():
            for part, text in _parts(entry):
                source = there[section][name][part]
                ours = set(re.findall(r"\d+", text.replace(",", "")))
                theirs = set(re.findall(r"\d+(?!\d|月)", source))
                extra = {number for number in ours - theirs if not _spelt(number, source)}
                assert not extra, (section, name, extra, text)
                if "万" not in source:
                    assert theirs <= ours, (section, name, theirs - ours, text)


def test_every_rule_is_said_in_english(law: Law) -> None:
    """All rules of both packs; no Chinese is left in them."""
    say = english_sentence(law)
    for rule in law.book.rules.values():
        told = say.rule(rule)
        assert not CHINESE.search(told), (rule.id, told)
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
    (folders[1] / "english" / "more.yaml").write_text("nots: {quota-so2: [A, B]}\n", encoding="utf-8")
    assert [(fault.code, str(fault.place).endswith("more.yaml:1:1")) for fault in stale_english(law)] == [
        ("TNG003", True)
    ]
    (folders[1] / "english" / "more.yaml").unlink()
    rules = folders[1] / "rules" / "implicit.rules"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace('不适用该办法"', '不适用该办法，见附件"', 1), encoding="utf-8")
    changed = [fault for fault in stale_english(load_book(folders)) if fault.code == "TNG002"]
    assert len(changed) == 1
    assert "notes `quota-so2`" in changed[0].message
    assert "notes.yaml" in str(changed[0].place)
    (folders[1] / "english" / "zz.yaml").write_text("rules: [\n", encoding="utf-8")
    _words.cache_clear()
    with pytest.raises(InputFault) as broken:
        english_words(law)
    _words.cache_clear()
    assert "zz.yaml" in str(broken.value)


def _parts(entry: object) -> list[tuple[str, str]]:
    """An entry's texts by name."""
    if isinstance(entry, str):
        return [("", entry)]
    pairs = enumerate(entry, 1) if isinstance(entry, list) else dict(entry).items()  # type: ignore[call-overload]
    return [(f"{key}.{name}".rstrip("."), text) for key, item in pairs for name, text in _parts(item)]


#: Numbers that Chinese writes in characters.
CHARACTERS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True)) | {
    "二十四": 24,
    "二十六": 26,
    "二十一": 21,
    "第一章": 1,
}


def _spelt(number: str, source: str) -> bool:
    """Whether a number of the English stands in the Chinese in characters, or in 万."""
    value = int(number)
    if any(word in source and value == meant for word, meant in CHARACTERS.items()):
        return True
    return any(value in (float(found) * 10**4, float(found) * 10) for found in re.findall(r"([\d.]+) ?万", source))
