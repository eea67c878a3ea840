"""All routes of filings, on the one router that their modules share."""

from __future__ import annotations

from greenrule.web.api import (
    filing_claims,
    filing_keys,
    filing_lists,
    filing_opening,
    filing_papers,
    filing_performance,
    filings,
)
from greenrule.web.api.filing_parts import router

__all__ = [
    "filing_claims",
    "filing_keys",
    "filing_lists",
    "filing_opening",
    "filing_papers",
    "filing_performance",
    "filings",
    "router",
]
