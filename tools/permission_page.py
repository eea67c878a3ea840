"""`permissions.md`: every route of the API by role, and every page by who may open it.

Run as a module it prints the page.  It asks Django, which is set up once in a process and for one workspace: so the reference asks
for it in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.markdown import page, table

ROOT = Path(__file__).resolve().parents[1]


def permissions_page() -> str:
    """The page, made in a process of its own."""
    with tempfile.TemporaryDirectory() as empty:
        surroundings = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GREENRULE_")},
            "GREENRULE_WORKSPACE": empty, "GREENRULE_SECRET_KEY": "only to list the routes",
            "DJANGO_SETTINGS_MODULE": "greenrule.web.settings", "PYTHONIOENCODING": "utf-8",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "tools.permission_page"],
            cwd=ROOT,
            env=surroundings,
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode("utf-8")


def _written() -> str:
    import django

    django.setup()
    from greenrule.store.desk.roles import PERMISSIONS, ROLES, VISITOR
    from greenrule.web.doors import WHO, api_routes, page_patterns, who_may

    roles = list(ROLES)
    holders = {
        name: ["everybody"] if VISITOR.may(name) else [role for role in roles if name in ROLES[role][1]]
        for name in PERMISSIONS
    }
    granted = [
        [f"`{name}`", label, ", ".join(holders[name]) or "administrator only"] for name, label in PERMISSIONS.items()
    ]
    head = [f"`{role}`" for role in roles]
    rows = []
    for route in sorted(api_routes(), key=lambda item: (item.path, item.method)):
        marks = [
            "•" if route.permission is None or route.permission in (ROLES[role][1] | set(VISITOR.grants)) else "" for role in roles
        ]  # fmt: skip
        needs = f"`{route.permission}`" if route.permission else f"open: {route.why}"
        rows.append([f"`{route.method} {route.path}`", needs, "•" if route.permission is None else "", *marks])
    pages = []
    for pattern in page_patterns():
        if pattern.startswith("admin/") and pattern not in ("admin/", "admin/login/"):
            continue
        who, why = who_may(pattern) or ("nobody", "not in the table")
        shown = f"`/{pattern}`".replace("|", "\\|")
        pages.append([shown, WHO.get(who, who), why])
    lead = (
        "What is not granted is denied. A person acts within the area of the organisation in which the role is held; a token may do "
        "no more than its owner and its scopes. A test asks every route as every role. An administrator of the server may do everything."
    )
    labels = table(("role", "角色"), [[f"`{role}`", ROLES[role][0]] for role in roles])
    return page(
        "Permissions",
        lead,
        "## Roles\n\n" + labels,
        "## Permissions\n\n" + table(("permission", "权限", "roles"), granted),
        "## Routes of the API, below `/api/v1`\n\n" + table(("route", "needs", "visitor", *head), rows),
        "## Pages\n\n" + table(("address", "who", "what"), pages),
    )


if __name__ == "__main__":
    sys.stdout.write(_written())
