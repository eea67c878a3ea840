"""The time by which everything here is dated: China's, whatever the machine's clock is set to.

Source: contract (times are Asia/Shanghai unless an offset is given); China has kept one time without summer time since 1992, so an
offset of eight hours does.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")


def china_now() -> datetime:
    """This moment, in China's time.

    >>> china_now().utcoffset()
    datetime.timedelta(seconds=28800)
    """
    return datetime.now(CHINA)


def china_today() -> date:
    """Today in China: from 16:00 UTC on that is already tomorrow elsewhere."""
    return china_now().date()
