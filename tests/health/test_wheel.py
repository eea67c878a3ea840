"""The wheel stands on its own: installed away from the source tree it finds its packs, templates and unit table."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from tools import front_end

from greenrule.core.tongue import fault_words, words

ROOT = Path(__file__).resolve().parents[2]
PROJECT = """\
name: 某焦化项目
on: 2026-11-21
industry: 2521
nature: new
facts: {capacity: 106 万吨/年}
"""


def run(*words: str | Path, cwd: Path) -> str:
    """Standard output of a command that must succeed, run where no setting of this process reaches it."""
    keep = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "GREENRULE_CACHE": "off", "LANG": "C.UTF-8"}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=keep, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and the dependencies of this one without its editable install."""
    pytest.importorskip("setuptools")
    if front_end.no_node() is None:
        front_end.build()
    base = tmp_path_factory.mktemp("wheel")
    source = base / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    for name in ("src", "packs"):
        # Built from a copy: the tree itself stays clean, and other tests may run beside this one.
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", base, source, cwd=base)
    home = base / "venv"
    venv.create(home, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    wheel = next(base.glob("greenrule-*.whl"))
    run(*pip, "--python", home / "bin" / "python", "install", "--no-deps", "--no-index", wheel, cwd=base)
    # A folder named in a .pth file is searched, but the .pth files in it (the editable install) are not read.
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return home / "bin" / "greenrule"


@pytest.mark.long
def test_packs_come_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    told = json.loads(run(installed, "pack", "lint", "--format", "json", cwd=tmp_path))
    assert told["faults"] == []
    assert told["规则"] > 900
    code = "from greenrule.packs.book import default_packs; print(default_packs()[0])"
    found = Path(run(installed.with_name("python"), "-c", code, cwd=tmp_path).strip())
    assert found.resolve().is_relative_to(installed.parents[1].resolve())
    # File for file what the source tree has.
    here = {path.relative_to(ROOT / "packs") for path in (ROOT / "packs").rglob("*.*") if path.is_file()}
    there = {path.relative_to(found.parent) for path in found.parent.rglob("*.*") if path.is_file()}
    assert there == here


@pytest.mark.long
def test_the_english_comes_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "from greenrule.core.tongue import fault_words, words; print(len(words()), len(fault_words()))"
    assert run(installed.with_name("python"), "-c", code, cwd=tmp_path).split() == [str(len(words())), str(len(fault_words()))]  # fmt: skip


@pytest.mark.long
def test_the_web_app_comes_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    if not front_end.current():
        pytest.skip(f"the web app is not built and cannot be: {front_end.no_node()}")
    code = "import greenrule; print(greenrule.__file__)"
    there = Path(run(installed.with_name("python"), "-c", code, cwd=tmp_path).strip()).parent / "web" / "static" / "app"
    assert {path.relative_to(there) for path in there.rglob("*")} == {path.relative_to(front_end.BUILD) for path in front_end.BUILD.rglob("*")}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("format", ["text", "json", "html", "docx"])
def test_a_project_is_screened_outside_the_tree(installed: Path, tmp_path: Path, format: str) -> None:
    (tmp_path / "project.yaml").write_text(PROJECT, encoding="utf-8")
    run(installed, "screen", "project.yaml", "--format", format, "--out", f"finding.{format}", cwd=tmp_path)
    assert (tmp_path / f"finding.{format}").stat().st_size > 1000
    if format == "json":
        finding = json.loads((tmp_path / "finding.json").read_text(encoding="utf-8"))
        assert set(finding["versions"]["packs"]) >= {"cn", "cn-shanxi"}
        assert finding["reasons"]
        assert run(installed, "verify", "finding.json", cwd=tmp_path).startswith("相同")
