"""What each process of `greenrule serve` runs: the application, warmed up beside the first requests, with its share of connections."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from greenrule.web.application import application as plain
from greenrule.web.engine import engine
from greenrule.web.sharing import VARIABLE, Shares

__all__ = ["application"]

_file = os.environ.get(VARIABLE)
application: Callable[..., Iterable[bytes]] | Any = Shares(plain, Path(_file)) if _file else plain

threading.Thread(target=engine().warm, name="warming", daemon=True).start()
