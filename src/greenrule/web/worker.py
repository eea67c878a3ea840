"""What each process of `greenrule serve` runs: the application, warmed up beside the first requests."""

from __future__ import annotations

import threading

from greenrule.web.application import application
from greenrule.web.engine import engine

__all__ = ["application"]

threading.Thread(target=engine().warm, name="warming", daemon=True).start()
