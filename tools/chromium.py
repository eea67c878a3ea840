"""Make sure that a Chromium is there for the browser tests; without it they say that they were skipped."""

from __future__ import annotations

from pathlib import Path

from tools.needed import provide

from greenrule.core.errors import EnvironmentFault, Fault

#: Where Debian and its kin put it.
CHROMIUM = Path("/usr/bin/chromium")


def find_chromium() -> Path:
    """The browser.  Raises EnvironmentFault WEB020."""
    if not CHROMIUM.exists():
        raise EnvironmentFault(
            Fault("WEB020", "这台机器上没有 Chromium", None, "安装 Chromium（如 apt-get install chromium）")
        )
    return CHROMIUM


if __name__ == "__main__":
    raise SystemExit(provide(find_chromium, "chromium", "browser tests will be skipped"))
