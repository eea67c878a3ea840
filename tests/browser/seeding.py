"""Rows that a room needs before somebody opens it, written by a process of its own: Chromium and Django do not share one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any


def seed(live: Any, script: str) -> str:
    """Run Python with the server's models at hand; what it prints."""
    env = dict(os.environ) | {
        "GREENRULE_WORKSPACE": str(live.workspace), "DJANGO_SETTINGS_MODULE": "greenrule.web.settings",
        "GREENRULE_SECRET_KEY": (live.workspace / "server.key").read_text(encoding="ascii").strip(),
    }  # fmt: skip
    code = f"import django\ndjango.setup()\n{script}"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


ORGANISATIONS = """
from greenrule.store.desk.models import Organisation
for name, area, level in (("省生态环境厅（演示）", "14", "province"), ("太原市生态环境局（演示）", "1401", "city"),
                          ("大同市生态环境局（演示）", "1402", "city")):
    Organisation.objects.get_or_create(name=name, defaults={"area": area, "level": level, "demo": True})
"""
