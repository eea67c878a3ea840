"""Build the web app into the package where Node is present and its sources changed; check it; keep its lock free of hosts.

Uses the standard library only: the wheel's build step runs it too.  A hash of the sources lies beside the build.

    python tools/front_end.py              build where needed (exit 1 where a build fails, 0 where there is no Node)
    python tools/front_end.py --if-possible    the same, and exit 0 in any case
    python tools/front_end.py --check      types and style of the sources
    python tools/front_end.py --lock       renew package-lock.json
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "frontend"
BUILD = ROOT / "src" / "greenrule" / "web" / "static" / "app"
_STAMP = BUILD / "sources.sha256"
_NODE = (20, 19)
#: What a build needs no part of.
_NOT_SOURCES = {"node_modules", ".vite", ".lock"}


class FrontEndError(Exception):
    """Something that the build needs is not there, or a step failed."""


def digest() -> str:
    """SHA-256 over names and bytes of all sources."""
    out = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        name = path.relative_to(SOURCES)
        if path.is_file() and not _NOT_SOURCES & set(name.parts):
            out.update(f"{name.as_posix()}\0{path.stat().st_size}\0".encode())
            out.update(path.read_bytes())
    return out.hexdigest()


def current() -> bool:
    """Whether the build lies there and was made from the sources as they are."""
    return _STAMP.exists() and _STAMP.read_text(encoding="ascii").strip() == digest()


def no_node() -> str | None:
    """Why nothing can be built here: no Node, or one that is too old; None where it can."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node is not installed"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", told)
    if found is None or (int(found[1]), int(found[2])) < _NODE:
        return f"Node {'.'.join(map(str, _NODE))} or later is needed, this is {told.strip() or 'unreadable'}"
    return None


def build() -> bool:
    """Build where the sources changed.  False where nothing was to do.  Raises FrontEndError."""
    with _alone():
        if current():
            return False
        packages()
        wanted = digest()
        # Built beside, then put in place: a server that runs never sees half of it.
        fresh, old = BUILD.with_name("app-fresh.tmp"), BUILD.with_name("app-old.tmp")
        shutil.rmtree(fresh, ignore_errors=True)
        _run("npx", "--no-install", "vite", "build", "--logLevel", "warn", GREENRULE_BUILD=str(fresh))
        (fresh / _STAMP.name).write_text(wanted + "\n", encoding="ascii")
        shutil.rmtree(old, ignore_errors=True)
        if BUILD.exists():
            BUILD.rename(old)
        fresh.rename(BUILD)
        shutil.rmtree(old, ignore_errors=True)
        return True


def packages() -> None:
    """Install what the lock names, where that is not what lies there.  Raises FrontEndError."""
    why = no_node()
    if why:
        raise FrontEndError(why)
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    done = SOURCES / "node_modules" / ".greenrule-lock"
    if done.exists() and done.read_text(encoding="ascii") == lock:
        return
    print("front end: installing packages (npm ci) ...", file=sys.stderr, flush=True)
    _run("npm", "ci", "--ignore-scripts", "--loglevel=error")
    done.write_text(lock, encoding="ascii")


def check() -> None:
    """Types and style.  Raises FrontEndError."""
    with _alone():
        packages()
    _run("npx", "--no-install", "vue-tsc", "--noEmit")
    _run("npx", "--no-install", "eslint", ".")


def lock() -> None:
    """Renew the lock; what in it names hosts (links to sponsors) is left out."""
    _run("npm", "install", "--package-lock-only", "--ignore-scripts", "--loglevel=error")
    path = SOURCES / "package-lock.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    for item in found["packages"].values():
        for name in ("funding", "resolved", "deprecated"):
            item.pop(name, None)
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _run(*words: str, **settings: str) -> None:
    env = os.environ | {"CI": "1"} | settings
    done = subprocess.run(words, cwd=SOURCES, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=env, check=False)
    if done.returncode:
        raise FrontEndError(f"`{' '.join(words)}` ended with {done.returncode}")


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: several tests may ask for the build at once."""
    with (SOURCES / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def main(words: list[str]) -> int:
    """One of the four uses."""
    if words == ["--lock"]:
        lock()
        return 0
    why = no_node()
    if why and (words == ["--check"] or not current()):
        print(f"front end: {why}; the server shows its plain pages only", file=sys.stderr)
        return 0
    try:
        check() if words == ["--check"] else build()
    except FrontEndError as error:
        print(f"front end: {error}", file=sys.stderr)
        if words == ["--if-possible"]:
            print("front end: not built; the server shows its plain pages only", file=sys.stderr)
            return 0
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
