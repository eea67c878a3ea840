"""Run the examples of a Markdown page and compare what they print with what the page shows.

A page marks its examples with HTML comments, so that readers see plain code blocks:

    <!-- file: NAME -->     the block that follows is written to the file NAME
    <!-- run -->            a `console` block: after each line that begins with `$ `, what the command printed
    <!-- python -->         a `python` block; a `text` block right behind it shows what it printed

All examples of a page run in one folder, in order.  `GREENRULE_UPDATE_GOLDEN=1` writes the real outputs into the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UPDATE = os.environ.get("GREENRULE_UPDATE_GOLDEN") == "1"

_BLOCK = re.compile(
    r"<!-- (?P<how>run|python|file: (?P<file>[^ ]+)) -->\n```(?P<language>\w+)\n(?P<body>.*?)```(?P<after>\n(?:\n```text\n.*?```\n)?)",
    re.S,
)


def abbreviated(text: str) -> str:
    """Output without what changes with every edit of a pack: digests, and blanks at line ends.

    >>> abbreviated("layer:city@0769a8f8927e, sha256:93db1e5fe5bd  ")
    'layer:city@…, sha256:…'
    """
    text = re.sub(r"sha256:[0-9a-f]{8,64}", "sha256:…", text)
    text = re.sub(r"(?<=[@ ])[0-9a-f]{12}\b", "…", text).replace(f"{ROOT}/", "")
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _environment(folder: Path) -> dict[str, str]:
    """The caller's, with output in UTF-8, no colours, and one cache of compiled packs for all pages."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb",
            "GREENRULE_CACHE": str(folder.parent / "greenrule-cache")}  # fmt: skip


def shell(command: str, folder: Path) -> str:
    """What a command line prints, both streams; `greenrule` is the one under test."""
    script = f'greenrule() {{ "{sys.executable}" -m greenrule.cli.main "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n{command}\n'
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=_environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return abbreviated(done.stdout)


def python(source: str, folder: Path) -> str:
    """What a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=folder, env=_environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return abbreviated(done.stdout)


def examples(text: str) -> list[re.Match[str]]:
    """The marked blocks of a page."""
    return list(_BLOCK.finditer(text))


def rerun(text: str, folder: Path) -> str:
    """The page as it would be if every example showed what it prints now."""

    def again(block: re.Match[str]) -> str:
        body, after = block["body"], block["after"]
        if block["file"]:
            (folder / block["file"]).parent.mkdir(parents=True, exist_ok=True)
            (folder / block["file"]).write_text(body, encoding="utf-8")
        elif block["how"] == "run":
            commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
            told = []
            for command in commands:
                printed = shell(command, folder)
                # A filter that finds nothing would pass unseen for ever after.
                assert printed or not re.search(r"\b(grep|sed -n)\b", command), f"prints nothing: {command}"
                told.append(f"$ {command}\n{printed}".rstrip("\n"))
            body = "\n".join(told) + "\n"
        else:
            after = f"\n\n```text\n{python(body, folder)}\n```\n"
        return f"<!-- {block['how']} -->\n```{block['language']}\n{body}```{after}"

    return _BLOCK.sub(again, text)


def settled(page: Path, folder: Path) -> tuple[str, str]:
    """What a page shows and what it should show; in update mode the page is rewritten first and both are equal."""
    for name in ("packs", "examples"):  # commands on a page run in the folder of the project
        (folder / name).symlink_to(ROOT / name)
    shown = page.read_text(encoding="utf-8")
    real = rerun(shown, folder)
    assert "Traceback (most recent call last)" not in real, f"an example of {page.name} breaks:\n{real}"
    if UPDATE and real != shown:
        page.write_text(real, encoding="utf-8")
        return real, real
    return shown, real
