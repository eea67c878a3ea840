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


def sealed_text(finding: Mapping[str, Any]) -> tuple[str, str]:
    """The digest of a finding, and the finding with it as JSON text: written once, for whoever sends it on.

    >>> text = sealed_text({"b": 1, "a": "绿"})[1]
    >>> text[:21], text[-14:], digest(json.loads(text)) == json.loads(text)["digest"]
    ('{"digest":"sha256:de3', '"a":"绿","b":1}', True)
    """
    body = canonical(finding)
    told = "sha256:" + hashlib.sha256(body).hexdigest()
    rest = body[1:].decode(errors="surrogatepass")
    return told, f'{{"digest":"{told}"{"" if rest == "}" else ","}{rest}'


def digest(finding: Mapping[str, Any]) -> str:
    """`sha256:` and the SHA-256 of the canonical bytes, in hexadecimal."""
    return "sha256:" + hashlib.sha256(canonical(finding)).hexdigest()
