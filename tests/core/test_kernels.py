"""Machine code on disk is never older than any source that went into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from greenrule.core import kernels

PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
import outer
print(outer.ask(1.0))
"""
INNER = "from greenrule.core.kernels import kernel\n@kernel\ndef inner(x):\n    return x + {number}\n"
OUTER = (
    "from greenrule.core.kernels import kernel\nfrom inner import inner\n@kernel\ndef ask(x):\n    return inner(x)\n"
)


def test_every_module_with_kernels_is_in_the_digest():
    folder = Path(kernels.__file__).parents[1]
    signs = ("@kernel\n", "@inner\n")
    with_kernels = [
        path for path in folder.rglob("*.py") if any(sign in path.read_text(encoding="utf-8") for sign in signs)
    ]
    assert len(with_kernels) > 5
    assert all(kernels._SIGN in path.read_text(encoding="utf-8") for path in with_kernels)


def test_code_whose_callee_has_changed_is_compiled_again(tmp_path):
    """numba alone would answer with the old sum: the caller's own file is the same."""

    def asked(digest: str) -> str:
        program = f"import greenrule.core.kernels as k; k.sources_digest = lambda: {digest!r}\n"
        program += PROGRAM.format(folder=str(tmp_path))
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return done.stdout.split()[0]

    (tmp_path / "outer.py").write_text(OUTER)
    (tmp_path / "inner.py").write_text(INNER.format(number=1))
    assert asked("first") == "2.0"
    (tmp_path / "inner.py").write_text(INNER.format(number=5))
    assert asked("second") == "6.0"
