"""System packages that the set-up adds where something is not there: looked for first, installed through apt only then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable

from greenrule.core.errors import InputFault


def provide(find: Callable[[], object], package: str, without: str) -> int:
    """Look with `find`; where it raises a fault, install `package`.  Exit 0 always: `without` says what will not work."""
    try:
        find()
        return 0
    except InputFault as fault:
        print(fault, file=sys.stderr)
    if shutil.which("apt-get") is None:
        return 0
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "-y", "--no-install-recommends", package],
    ):
        if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode:
            print(f"could not install {package}; {without}", file=sys.stderr)
            return 0
    return 0
