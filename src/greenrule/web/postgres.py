"""PostgreSQL's own programs: where they are."""

from __future__ import annotations

import shutil
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault

#: Where Debian and its kin keep the programs of each version.
_VERSIONS = Path("/usr/lib/postgresql")


def find_tool(name: str) -> Path:
    """One of PostgreSQL's programs, of the newest version there is.  Raises EnvironmentFault OPS010.

    `pg_dump` refuses servers that are newer than itself, so the newest is the one that most servers agree with.
    """
    versions = [path for path in _VERSIONS.glob(f"*/bin/{name}") if path.parts[-3].split(".")[0].isdigit()]
    if versions:
        return max(versions, key=lambda path: float(path.parts[-3]))
    found = shutil.which(name)
    if found is None:
        package = "postgresql-client" if name.startswith(("pg_dump", "pg_restore", "psql")) else "postgresql"
        raise EnvironmentFault(
            Fault("OPS010", f"这台机器上没有 {name}", None, f"安装 PostgreSQL（如 apt-get install {package}）")
        )
    return Path(found)
