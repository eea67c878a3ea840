"""The seal of a finding: canonical bytes, digest, and the version of the software that answered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def canonical(finding: Mapping[str, Any]) -> bytes:
    """The bytes over which the digest is taken: sorted keys, no spaces, UTF-8, without the digest itself."""
    plain = {key: value for key, value in finding.items() if key != "digest"}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sealed(finding: dict[str, Any]) -> dict[str, Any]:
    """The finding with its digest renewed."""
    finding["digest"] = "sha256:" + hashlib.sha256(canonical(finding)).hexdigest()
    return finding


def engine_version() -> str:
    """Version of the software that answers."""
    try:
        return f"greenrule {version('greenrule')}"
    except PackageNotFoundError:  # running from a source tree that was never installed
        return "greenrule (source)"
