"""Where the pieces of a table are answered: in the threads of this process, unless a caller brings another engine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from greenrule.casework.batch_kernel import Answered, Kernel
from greenrule.casework.batch_tables import Piece

#: Puts a piece together; may be called in any thread.
Load = Callable[[], Piece]
#: Told of every piece as it is answered, in any thread.
Keep = Callable[[int, Answered], None]
_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


class Engine(Protocol):
    """Answers numbered pieces with a kernel, or with kernels made from the same terms and the same law and layers."""

    def run(self, kernel: Kernel, pieces: Iterable[tuple[int, Load]], keep: Keep) -> Generator[int]:
        """The numbers of the pieces in their order, each once `keep` has been told of it."""
        ...


class Threads:
    """As many pieces at a time as this machine has cores."""

    def run(self, kernel: Kernel, pieces: Iterable[tuple[int, Load]], keep: Keep) -> Generator[int]:
        """As `Engine` says."""

        def work(item: tuple[int, Load]) -> int:
            number, load = item
            keep(number, kernel.answer(load()))
            return number

        return in_turn(pieces, work, os.cpu_count() or 1)


def in_turn(
    items: Iterable[_Item], work: Callable[[_Item], _Done], width: int, abandon: Callable[[], None] | None = None
) -> Generator[_Done]:
    """The results of `work` in the order of the items, `width` of them worked on at a time.

    abandon : called when the work breaks off, so that what is under way may end early
    """
    with ThreadPoolExecutor(width) as pool:
        waiting: deque[Future[_Done]] = deque()
        try:
            for item in items:
                if len(waiting) > width:  # so many and no more: pieces take room
                    yield waiting.popleft().result()
                waiting.append(pool.submit(work, item))
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            for future in waiting:
                future.cancel()
            if abandon is not None:
                abandon()
            raise
