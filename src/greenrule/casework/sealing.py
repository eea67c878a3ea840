"""What seals a finding: its digest, and the version of the software that answered."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from greenrule.core.seal import digest


def sealed(finding: dict[str, Any]) -> dict[str, Any]:
    """The finding with its digest renewed."""
    finding["digest"] = digest(finding)
    return finding


@lru_cache(maxsize=1)
def engine_version() -> str:
    """Version of the software that answers."""
    try:
        return f"greenrule {version('greenrule')}"
    except PackageNotFoundError:  # running from a source tree that was never installed
        return "greenrule (source)"
