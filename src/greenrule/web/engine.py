"""The law and the layers of one server process: loaded once, renewed when the workspace gets another layer version."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from greenrule.casework.practice import practise, practise_asking
from greenrule.casework.screening import Screener, open_screener
from greenrule.core.errors import InputFault
from greenrule.store.workspace import Workspace

#: How many seconds a process may not notice that a layer was published.
_LOOK_AGAIN = 5.0
#: Objects made before the collector looks for cycles among them: an answer makes thousands, nearly all without.
_YOUNG = 10_000
_LOG = logging.getLogger("greenrule.web")


class Engine:
    """A screener that one request at a time uses; others of the same process wait.

    Screening computes without a pause and keeps caches, so threads would only disturb each other; more processes serve more
    requests.
    """

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._screeners: dict[date | None, Screener] = {}
        self._stamp: str | None = None
        self._looked = 0.0
        self._warm = False

    @contextmanager
    def asked(self, known: date | None = None) -> Iterator[Screener]:
        """The screener, for the time of one question; `known`: as of what was known on a day."""
        with self._lock:
            self._renew()
            if known not in self._screeners:
                if len(self._screeners) > 4:  # questions about the past are rare and each holds a whole book
                    self._screeners = {day: kept for day, kept in self._screeners.items() if day is None}
                self._screeners[known] = open_screener(self._workspace, known=known)
            yield self._screeners[known]

    def warm(self) -> None:
        """Answer a few questions that nobody asked, so that the first visitor need not wait for what is written when first needed.

        The law and the layers then stay where they are: the collector would walk over all of them again and again, a fifth of a
        second each time, while somebody waits.
        """
        try:
            with self.asked() as screener:
                practise(screener)
            with self.asked() as screener:  # whoever has come meanwhile goes first
                practise_asking(screener)
                gc.collect()
                gc.freeze()
                gc.set_threshold(_YOUNG)
                self._warm = True
        except InputFault as error:  # whoever asks next is told the same
            _LOG.error("not warmed up: %s", error)

    def _renew(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_AGAIN:
            return
        self._looked = now
        stamp = Workspace.open(self._workspace).layers_digest()
        if stamp != self._stamp:
            self._screeners.clear()
            self._stamp = stamp
            if self._warm:  # what is no longer used may go, and what comes instead is warmed up as the first was
                self._warm = False
                gc.unfreeze()
                threading.Thread(target=self.warm, name="warming", daemon=True).start()


_ENGINE: Engine | None = None
_MAKING = threading.Lock()


def engine() -> Engine:
    """The engine of this process."""
    global _ENGINE
    with _MAKING:
        if _ENGINE is None:
            from django.conf import settings

            _ENGINE = Engine(Path(settings.WORKSPACE))
        return _ENGINE
