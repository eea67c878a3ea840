"""The build step that puts the policy packs and the web app into a wheel; everything else is in pyproject.toml.

Packs live beside the code, not in it, because law changes on another clock; an installed wheel must still find them
(`greenrule.packs.book.default_packs`).  An editable install reads them where they are and needs no copy.
The app is built from `frontend/` where Node is present; an installed wheel needs no Node.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PACKS = ROOT / "packs"
FRONT_END = ROOT / "tools" / "front_end.py"


class BuildPacks(build_py):
    """The app, `build_py`, and then a fresh copy of `packs/` into the built package."""

    def run(self) -> None:
        """Build; the copy replaces what an earlier build left, so that a deleted rule does not live on."""
        if not self.editable_mode and FRONT_END.exists():
            subprocess.run([sys.executable, FRONT_END], check=True)
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "greenrule" / "packs_data"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(PACKS, target, ignore=shutil.ignore_patterns(".*", "*.tmp", "__pycache__"))


if __name__ == "__main__":
    setup(cmdclass={"build_py": BuildPacks})
