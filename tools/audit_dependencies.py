"""Ask the index whether a locked dependency has a known vulnerability; say plainly where that cannot be asked.

    python tools/audit_dependencies.py     # exit 1 where a locked version has a known vulnerability

What pip-audit knows comes from the index and changes by the day: without an answer nothing was audited, and that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "base.txt"


def audit(lock: Path = LOCK) -> tuple[int, str]:
    """(exit code, what to say)."""
    if find_spec("pip_audit") is None:
        return 0, "dependencies were NOT audited: pip-audit is not installed"
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", str(lock), "-f", "json", "--timeout", "20"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return judged(done.stdout, done.stderr)


def judged(said: str, errors: str) -> tuple[int, str]:
    """What an answer of pip-audit means; without an answer nothing was audited, and that is no success either.

    >>> judged("", "connection refused")
    (0, 'dependencies were NOT audited: connection refused')
    >>> judged('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}', "")
    (1, 'a 1: X-1 (mended in 2)')
    >>> judged('{"dependencies": [{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}]}', "")
    (0, '1 of 2 locked dependencies were NOT audited: a (not found)')
    """
    try:
        rows = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = errors.strip().splitlines()[-1] if errors.strip() else "pip-audit said nothing"
        return 0, f"dependencies were NOT audited: {last}"
    found = [
        f"{row['name']} {row['version']}: {item['id']} (mended in {', '.join(item['fix_versions']) or 'no version yet'})"
        for row in rows
        for item in row.get("vulns", ())
    ]
    skipped = [row for row in rows if "vulns" not in row]
    if skipped:
        first = f"{skipped[0]['name']} ({skipped[0].get('skip_reason', 'no reason given')})"
        found.append(
            f"{len(skipped)} of {len(rows)} locked dependencies were NOT audited: {first}{', …' if skipped[1:] else ''}"
        )
        return (1 if len(found) > 1 else 0), "\n".join(found)
    return (1, "\n".join(found)) if found else (0, f"{len(rows)} locked dependencies: none has a known vulnerability")


if __name__ == "__main__":
    code, told = audit()
    print(told)
    sys.exit(code)
