"""Make sure that a PostgreSQL is there for the tests that start one; without it the server is tested on SQLite alone."""

from __future__ import annotations

from tools.needed import provide

from greenrule.web.postgres import find_tool

if __name__ == "__main__":
    raise SystemExit(provide(lambda: find_tool("initdb"), "postgresql", "tests on PostgreSQL will be skipped"))
