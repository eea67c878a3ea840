"""Files kept under their digest: the same bytes lie once, and what was altered is noticed when it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from greenrule.core.files import replace_file


def keep_bytes(folder: Path, data: bytes) -> str:
    """Keep bytes below a folder; returns their SHA-256.  Raises OSError where the disk refuses; nothing half is left then."""
    digest = hashlib.sha256(data).hexdigest()
    path = place_of(folder, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        replace_file(path, data, 0o640)
    return digest


def kept_bytes(folder: Path, digest: str) -> bytes | None:
    """The bytes of a digest; None where they are gone or no longer the same."""
    try:
        data = place_of(folder, digest).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == digest else None


def place_of(folder: Path, digest: str) -> Path:
    """Where the bytes of a digest lie."""
    return folder / digest[:2] / digest
