"""The build step that puts the policy packs into a wheel; everything else about the distribution is in pyproject.toml.

Packs live beside the code, not in it, because law changes on another clock; an installed wheel must still find them
(`greenrule.packs.book.default_packs`).  An editable install reads them where they are and needs no copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PACKS = Path(__file__).resolve().parent / "packs"


class BuildPacks(build_py):
    """`build_py`, and then a fresh copy of `packs/` into the built package."""

    def run(self) -> None:
        """Build; the copy replaces what an earlier build left, so that a deleted rule does not live on."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "greenrule" / "packs_data"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(PACKS, target, ignore=shutil.ignore_patterns(".*", "*.tmp", "__pycache__"))


if __name__ == "__main__":
    setup(cmdclass={"build_py": BuildPacks})
