"""Who is at the keyboard, for the lines of a record that name somebody."""

from __future__ import annotations

import getpass


def user() -> str:
    """The user's name as the system knows it; `unknown` where it knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user table
        return "unknown"
