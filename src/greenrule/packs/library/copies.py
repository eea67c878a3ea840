"""The user's own copies of the documents: what a clause says word for word, where a workspace holds the text.

The packs hold no text.  A folder `documents` of a workspace may (TXT, DOCX, PDF with text), and then the reader shows the clause
beside what the packs made of it, and whether it is the wording from which they were made.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.documents.binding import Bound, bind
from greenrule.packs.instruments import Instruments

_SUFFIXES = (".txt", ".docx", ".pdf")


@dataclass(frozen=True, slots=True)
class Copy:
    """A clause as the user's copy has it: its paragraphs, the file, and whether it is the wording that the packs registered."""

    text: tuple[str, ...]
    file: str
    #: None where the packs registered no wording of this clause
    as_registered: bool | None

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"text": list(self.text), "file": self.file, "as_registered": self.as_registered}


class Copies:
    """The documents of some folders, read when first asked and again when a file changes.

    A file that cannot be read, or is none of the instruments, is told in `faults` and passed over: a reader shall not lose the
    page for it.
    """

    def __init__(self, folders: Sequence[Path], instruments: Instruments) -> None:
        self._folders, self._instruments = tuple(folders), instruments
        self._stamp: object = None
        self._bound: dict[str, Bound] = {}
        self._lock = threading.Lock()
        self.faults: tuple[Fault, ...] = ()

    def of(self, instrument: str, clause: str) -> Copy | None:
        """A clause in the user's copy; None where there is no copy or the clause is not found in it."""
        bound = self._read().get(instrument)
        passage = bound.passages.get(clause) if bound else None
        if bound is None or passage is None:
            return None
        known = self._instruments[instrument].clauses[clause].sha256
        text = tuple(line for line in passage.text.splitlines() if line.strip())
        return Copy(text, Path(bound.document.file).name, None if known is None else known == passage.sha256)

    def instruments(self) -> tuple[str, ...]:
        """Instruments of which there is a copy."""
        return tuple(self._read())

    def _files(self) -> list[Path]:
        return [
            path for folder in self._folders if folder.is_dir()
            for path in sorted(folder.rglob("*")) if path.suffix.lower() in _SUFFIXES and path.is_file()
        ]  # fmt: skip

    def _read(self) -> Mapping[str, Bound]:
        with self._lock:
            files = self._files()
            stamp = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
            if stamp == self._stamp:
                return self._bound
            bound: dict[str, Bound] = {}
            faults: list[Fault] = []
            for path in files:
                try:
                    found = bind(path, self._instruments)
                except InputFault as error:
                    faults += error.faults
                    continue
                if found.instrument is not None:
                    bound.setdefault(found.instrument.id, found)
            self._bound, self._stamp, self.faults = bound, stamp, tuple(faults)
            return bound
