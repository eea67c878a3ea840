"""People of a server, for the command line: each function connects to the workspace and does one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenrule.store.people import user
from greenrule.web.serving import connect_prepared


def listed(workspace: Path, database: str | None) -> list[dict[str, Any]]:
    """Every account with its roles."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.people import people

    return people()


def add(workspace: Path, database: str | None, name: str, email: str, administrator: bool) -> str:
    """Make an account; its one-time password."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.people import add_person

    return add_person(name, email, user(), administrator=administrator)[1]


def organisation(
    workspace: Path, database: str | None, name: str, sort: str, level: str, area: str, parent: str | None
) -> None:
    """Register an organisation."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.people import add_organisation

    add_organisation(name, sort, level, area, user(), parent)


def role(workspace: Path, database: str | None, name: str, place: str, wanted: str, take: bool) -> bool:
    """Give a role, or take it; whether anything changed."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.people import give_role

    return give_role(name, place, wanted, user(), take=take)


def password(workspace: Path, database: str | None, name: str, second_factor: bool) -> str:
    """Another one-time password; authenticators that were lost go too."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.people import renew_password

    return renew_password(name, user(), second_factor=second_factor)


def token(
    workspace: Path, database: str | None, name: str, title: str, scopes: tuple[str, ...], days: int
) -> tuple[dict[str, Any], str]:
    """A token for somebody, with no more than that person's own permissions; what it is, and its secret."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.people import make_token, person_named, token_row

    made, secret = make_token(person_named(name), title, scopes, days, user())
    return token_row(made), secret
