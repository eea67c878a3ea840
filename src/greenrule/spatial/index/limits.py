"""Limits that both builders and kernels know."""

from __future__ import annotations

#: The most parts over one place that an index holds.
MOST_PARTS = 4096
