"""The documentation agrees with the code: generated pages, links, doctests, and the house rules that a program can check."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
from pathlib import Path

import pytest
from tools.fault_codes import faults_raised, two_meanings
from tools.reference import stale, wanted

import greenrule
from greenrule.packs.book import load_book

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "docs" / "house" / "style.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BINARY = {".png", ".jpg", ".parquet", ".sqlite", ".xlsx", ".docx", ".pdf", ".zip", ".shp", ".shx", ".dbf", ".gpkg"}

#: Written in pieces, so that this file does not contain what it looks for.
HOSTS = [
    f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"), ("npmjs", "org"))
]
HOSTS += ["pypi" + "-mirror", "arti" + "factory", "mirrors" + ".", "simple" + "/pip", "devpi" + "."]
PATHS = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"]  # followed by a name
UNFINISHED = ["TO" + "DO", "FIX" + "ME"]


def tracked() -> list[Path]:
    """Text files of the project: what git knows or would add; without git, everything but folders of tools."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not any(part.startswith(".") or part in ("build", "dist", "demo") for part in path.relative_to(ROOT).parts)]  # fmt: skip
    return [path for path in found if path.is_file() and path.suffix not in BINARY]


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")


def table_under(heading: str) -> list[str]:
    """First cells of the table under a heading of the style page, without their back quotes."""
    part = STYLE.read_text(encoding="utf-8").split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][1:]
    for row in rows:
        assert row.strip("| ").split(" | ", 1)[1:], f"no reason given: {row}"
    return [row.strip("| ").split(" | ")[0].strip("`") for row in rows]


def test_generated_pages_are_fresh() -> None:
    differing = stale(wanted(load_book()))
    told = "\n".join(f"{path.relative_to(ROOT)}\n{difference}" for path, difference in differing)
    assert not differing, f"run `make docs`:\n{told}"


def test_stale_pages_are_noticed() -> None:
    pages = wanted(load_book())
    path = ROOT / "docs" / "reference" / "units.md"
    assert path in {found for found, _ in stale({**pages, path: pages[path] + "changed"})}


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere, and pictures from elsewhere."""
    out = []
    for image, target in re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.S)):
        if re.match(r"[a-z]+:", target):
            out += [target] if image else []
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists():
            out.append(target)
        elif anchor and path.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.M)
            out += [] if anchor in {slug(heading) for heading in headings} else [target]
    return out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    assert not broken_links(page, page.read_text(encoding="utf-8"))


def test_broken_links_are_noticed() -> None:
    text = "[a](LICENSE) [b](gone.md) [c](CONTRIBUTING.md#the-house) [d](CONTRIBUTING.md#gone) ![e](https://example.org/e.png)"
    assert broken_links(ROOT / "README.md", text) == ["gone.md", "CONTRIBUTING.md#gone", "https://example.org/e.png"]


def test_every_page_is_reached_from_the_front_page() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or not page.is_file():
            continue
        seen.add(page)
        targets = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        ahead += [(page.parent / target).resolve() for target in targets if "://" not in target]
    lonely = [
        page
        for page in PAGES
        if page.is_relative_to(ROOT / "docs") and page not in seen and "decisions" not in page.parts
    ]
    assert not lonely


#: Packages that cannot be imported without a database being named.
SERVED = ("greenrule.web", *(f"greenrule.store.{room}" for room in ("desk", "dispatch", "filings", "planning", "watching")))


def modules(source: Path) -> list[str]:
    """Dotted names of all modules under a folder, found without importing any."""
    names = (".".join(path.relative_to(source).with_suffix("").parts) for path in sorted(source.rglob("*.py")))
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def test_doctests() -> None:
    with_examples, failed = [], []
    for name in modules(ROOT / "src"):
        if name.startswith(SERVED):
            continue  # they need a server's settings: `tests/web/test_serving.py` runs theirs
        module = importlib.import_module(name)
        result = doctest.testmod(module)
        if result.attempted:
            with_examples.append(name)
        if result.failed:
            failed.append(name)
    result = doctest.testmod(greenrule)
    assert result.attempted
    assert not result.failed
    assert not failed
    assert len(with_examples) >= 20, f"only {len(with_examples)} modules have doctests: {with_examples}"


def lines_with(words: list[str], text: str) -> list[int]:
    """Numbers of the lines that hold one of the words; a path counts only where a name follows."""
    after = r"[\w.]" if words is PATHS else ""
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(word)}{after}" for word in words))
    return [number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


@pytest.mark.parametrize(
    "words", [HOSTS, PATHS, UNFINISHED], ids=["registry hosts", "paths of a machine", "unfinished work"]
)
def test_files_do_not_contain(words: list[str]) -> None:
    assert lines_with(words, f"first\nsecond {words[0]}x\n") == [2]
    files = tracked()
    assert len(files) > 100
    found = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{number}" for number in lines_with(words, text)]
    assert not found


def test_long_modules_are_the_listed_ones() -> None:
    files = [path for folder in ("src", "tools", "tests") for path in (ROOT / folder).rglob("*.py")]
    long = {str(path.relative_to(ROOT)) for path in files if len(path.read_text(encoding="utf-8").splitlines()) > 400}
    assert set(table_under("Modules over 400 lines")) == long


def test_a_fault_code_means_one_thing() -> None:
    raised = faults_raised()
    assert len({item.code for item in raised}) > 100
    clashing = {line.split(":")[0] for line in two_meanings(raised)}
    assert set(table_under("Fault codes with two meanings")) == clashing, two_meanings(raised)


def test_every_fault_says_something() -> None:
    silent = [f"{item.code} {item.module}:{item.line}" for item in faults_raised() if not item.message]
    assert not silent
