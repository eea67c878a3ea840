"""The seal of a finding: the canonical bytes and the digest by which one that was changed is told from the original."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(finding: Mapping[str, Any]) -> bytes:
    """The bytes over which the digest is taken: sorted keys, no spaces, UTF-8, without the digest itself.

    >>> canonical({"b": 1, "a": "绿", "digest": "…"}).decode()
    '{"a":"绿","b":1}'
    """
    plain = {key: value for key, value in finding.items() if key != "digest"}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="surrogatepass")


def digest(finding: Mapping[str, Any]) -> str:
    """`sha256:` and the SHA-256 of the canonical bytes, in hexadecimal."""
    return "sha256:" + hashlib.sha256(canonical(finding)).hexdigest()
