"""The words of the app: every key in both languages, English without Chinese, no Chinese outside the words, no key that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "frontend" / "src"
#: 《》 stand around Chinese titles in every language.
CHINESE = re.compile("[\u4e00-\u9fff\u3001\u3002\uff08\uff09\uff0c\uff1a\uff1b]")
#: Chinese in the code of the app: what it is → why it stays.
STAYS = {
    "天地图": "the name of the service, which its licence wants shown",
    "未命名项目": "what the server calls a project without a name, looked for to hide it",
    "晋政发〔2026〕1号": "how a number of a document is written",
}
#: English that shows how something is written in Chinese.
WRITTEN = {"law.placeholder", "project.industryHint", "desk.days.lead", "planner.spotsHelp"}
_TOKEN = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/|(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<name>[\w$]+)|(?P<mark>[{}:,+])""",
    re.S,
)


def table(path: Path) -> dict[str, Any]:
    """The object of a `messages.ts`: language → words, nested."""
    source = path.read_text(encoding="utf-8")
    found = re.search(r"export (?:default|const own[^=]*=) ?\{", source)
    assert found, path
    at, stack, key, out = found.end() - 1, [], None, {}
    while True:
        token = _TOKEN.match(source, at)
        assert token, (path.name, source[at : at + 40])
        at = token.end()
        kind, text = token.lastgroup, token[0]
        if kind is None:
            continue
        if text == "{":
            made: dict[str, Any] = {}
            if stack:
                stack[-1][key] = made
            else:
                out = made
            stack.append(made)
            key = None
        elif text == "}":
            stack.pop()
            if not stack:
                return out
        elif text == ",":
            key = None
        elif kind == "text" and key is not None:
            stack[-1][key] = stack[-1].get(key, "") + text[1:-1]
        elif kind in ("text", "name") and key is None:
            key = text.strip("'\"")
            assert key not in stack[-1], (path, key)


def flat(words: dict[str, Any], head: str = "") -> dict[str, str]:
    """Dotted key → words."""
    out: dict[str, str] = {}
    for name, value in words.items():
        out |= flat(value, f"{head}{name}.") if isinstance(value, dict) else {f"{head}{name}": value}
    return out


FILES = sorted(SOURCES.rglob("messages.ts"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_both_languages_have_the_same_keys_and_holes(path: Path) -> None:
    found = table(path)
    chinese, english = flat(found["zh-CN"]), flat(found["en"])
    assert set(chinese) == set(english)
    assert len(chinese) > 1
    for key, words in english.items():
        assert not CHINESE.search(words) or key in WRITTEN or words == "中文", (key, words)
        assert set(re.findall(r"\{(\w+)\}", words)) == set(re.findall(r"\{(\w+)\}", chinese[key])), key


def test_the_code_of_the_app_holds_no_chinese() -> None:
    left = []
    for path in [*SOURCES.rglob("*.vue"), *SOURCES.rglob("*.ts")]:
        if path.name in ("messages.ts", "words.ts"):
            continue
        text = re.sub(r"<!--.*?-->|/\*.*?\*/|^\s*//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
        for word in STAYS:
            text = text.replace(word, "")
        left += [
            f"{path.relative_to(SOURCES)}: {line.strip()[:120]}" for line in text.splitlines() if CHINESE.search(line)
        ]
    assert left == []


def test_every_key_that_is_asked_for_is_there() -> None:
    known = set()
    for path in FILES:
        known |= set(flat(table(path)["zh-CN"]))
    asked = {
        key
        for path in [*SOURCES.rglob("*.vue"), *SOURCES.rglob("*.ts")]
        for key in re.findall(r"""\bt\(\s*['"]([\w.]+)['"]""", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 200
    assert asked - known == set()
