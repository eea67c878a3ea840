"""The seal of a finding: the canonical bytes and the digest by which one that was changed is told from the original."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is written already, as `written` would write it."""

    text: bytes


def written(value: Any) -> bytes:
    """A value as canonical JSON: sorted keys, no spaces, UTF-8.

    >>> written({"b": 1, "a": "绿"}).decode(), written(Written(b"[1]"))
    ('{"a":"绿","b":1}', b'[1]')
    """
    return value.text if isinstance(value, Written) else _encode(value).encode(errors="surrogatepass")


def canonical(finding: Mapping[str, Any]) -> bytes:
    """The bytes over which the digest is taken: the finding as `written`, without the digest itself.

    >>> canonical({"b": 1, "a": "绿", "digest": "…"}).decode()
    '{"a":"绿","b":1}'
    """
    return written({key: value for key, value in finding.items() if key != "digest"})


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finding that is written and sealed: its digest, and the text of its parts in the order of their names."""

    digest: str
    parts: tuple[tuple[str, bytes], ...]

    def told(self) -> bytes:
        """The finding with its digest, which goes first: for whoever is sent it."""
        return _object([("digest", written(self.digest)), *self.parts])

    def kept(self) -> bytes:
        """The finding with its digest in its place: for records.

        >>> seal({"b": 1, "e": 2}).kept()[:21], seal({"b": 1, "e": 2}).told()[:21]
        (b'{"b":1,"digest":"sha2', b'{"digest":"sha256:d58')
        """
        return _object(sorted([("digest", written(self.digest)), *self.parts]))


def seal(finding: Mapping[str, Any]) -> Sealed:
    """Write a finding once, to seal it, to send it and to keep it; values that are `Written` go in as they are.

    >>> made = seal({"b": 1, "a": Written(b'"x"'), "digest": "…"})
    >>> made.digest == digest(json.loads(made.told())), made.parts
    (True, (('a', b'"x"'), ('b', b'1')))
    """
    parts = tuple((key, written(finding[key])) for key in sorted(finding) if key != "digest")
    total = hashlib.sha256()
    for piece in _pieces(parts):  # a finding is long: it is not put together for this alone
        total.update(piece)
    return Sealed("sha256:" + total.hexdigest(), parts)


def _object(parts: Iterable[tuple[str, bytes]]) -> bytes:
    return b"".join(_pieces(parts))


def _pieces(parts: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The text of an object, in pieces."""
    before = b"{"
    for key, text in parts:
        yield before + _key(key)
        yield text
        before = b","
    yield b"}" if before == b"," else b"{}"


@lru_cache(maxsize=256)
def _key(key: str) -> bytes:
    return written(key) + b":"


def digest(finding: Mapping[str, Any]) -> str:
    """`sha256:` and the SHA-256 of the canonical bytes, in hexadecimal."""
    return "sha256:" + hashlib.sha256(canonical(finding)).hexdigest()
