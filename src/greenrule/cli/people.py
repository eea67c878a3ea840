"""`greenrule people`: accounts, organisations, roles, passwords and tokens of a server."""

from __future__ import annotations

from pathlib import Path

import click

from greenrule.cli.options import DATABASE, FORMAT, SERVED, echo_json
from greenrule.store.desk.roles import LEVELS, PERMISSIONS, ROLES, SORTS


@click.group()
def people() -> None:
    """服务器上的人员：开账号、登记单位、授角色、给一次性口令、发令牌。

    每一步都记入审计记录。口令和令牌只显示一次，服务器只存其摘要。
    """


@people.command("list")
@SERVED
@DATABASE
@FORMAT
def list_people(workspace: Path, database: str | None, format: str) -> None:
    """列出账号、角色、是否启用两步验证。

    \b
    例：greenrule people list --workspace 工作区
    """
    from greenrule.web.people import listed

    rows = listed(workspace, database)
    if format == "json":
        echo_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("账号", "邮箱", "角色", "两步验证", "口令", "最近登录")
    for row in rows:
        held = [f"{item['label']}（{item['organisation']}）" for item in row["roles"]]
        if row["administrator"]:
            held.insert(0, "服务器管理员")
        table.add_row(
            row["name"] + ("" if row["active"] else "（停用）"), row["email"] or "—", "\n".join(held) or "—",
            "有" if row["second_factor"] else "无", "一次性" if row["one_time_password"] else "自己的",
            (row["last_login"] or "—")[:10],
        )  # fmt: skip
    Console().print(table)


@people.command()
@click.argument("name")
@click.option("--email", default="", help="邮箱，忘记口令时用。")
@click.option("--administrator", is_flag=True, help="服务器管理员：什么都能做，请少开。")
@SERVED
@DATABASE
@FORMAT
def add(name: str, email: str, administrator: bool, workspace: Path, database: str | None, format: str) -> None:
    """开一个账号，显示一次性口令；首次登录须换成自己的。

    \b
    例：greenrule people add wangfang --email wangfang@example.cn
    """
    from greenrule.web import people as server

    password = server.add(workspace, database, name, email, administrator)
    _tell_password(name, password, format)


@people.command()
@click.argument("name")
@click.option("--reset-second-factor", is_flag=True, help="连同丢失的两步验证一起撤去。")
@SERVED
@DATABASE
@FORMAT
def password(name: str, reset_second_factor: bool, workspace: Path, database: str | None, format: str) -> None:
    """给忘记口令的人一个新的一次性口令；已登录的会话随之失效。"""
    from greenrule.web import people as server

    _tell_password(name, server.password(workspace, database, name, reset_second_factor), format)


def _tell_password(name: str, password: str, format: str) -> None:
    if format == "json":
        echo_json({"name": name, "password": password})
    else:
        click.echo(f"账号 {name}，一次性口令 {password}（只显示这一次，登录后须改）")


@people.command()
@click.argument("name")
@click.option(
    "--sort",
    type=click.Choice(list(SORTS)),
    default="authority",
    show_default=True,
    help="；".join(f"{key} {label}" for key, label in SORTS.items()),
)
@click.option("--level", type=click.Choice(list(LEVELS)), required=True, help="层级。")
@click.option("--area", required=True, metavar="代码", help="辖区的行政区划代码：省两位、市四位、县和园区六位。")
@click.option("--parent", metavar="单位", help="上级单位的名称。")
@SERVED
@DATABASE
@FORMAT
def organisation(
    name: str, sort: str, level: str, area: str, parent: str | None, workspace: Path, database: str | None, format: str
) -> None:
    """登记一个单位。

    \b
    例：greenrule people organisation 某市生态环境局 --level city --area 1401
    """
    from greenrule.web import people as server

    server.organisation(workspace, database, name, sort, level, area, parent)
    if format == "json":
        echo_json({"name": name, "sort": sort, "level": level, "area": area, "parent": parent})
    else:
        click.echo(f"已登记 {name}（{LEVELS[level]}，{area}）")


@people.command()
@click.argument("name")
@click.argument("place", metavar="单位")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--take", is_flag=True, help="收回这个角色。")
@SERVED
@DATABASE
@FORMAT
def role(name: str, place: str, role: str, take: bool, workspace: Path, database: str | None, format: str) -> None:
    """授予或收回某人在某单位的角色；辖区随单位。

    \b
    例：greenrule people role wangfang 某市生态环境局 officer
        greenrule people role wangfang 某市生态环境局 officer --take
    """
    from greenrule.web import people as server

    changed = server.role(workspace, database, name, place, role, take)
    if format == "json":
        echo_json({"name": name, "organisation": place, "role": role, "changed": changed})
    else:
        done = "已收回" if take else "已授予"
        click.echo(f"{done} {ROLES[role][0]}（{name}，{place}）" if changed else "没有变化")


@people.command()
@click.argument("name")
@click.argument("title", metavar="用途")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(PERMISSIONS)),
    metavar="权限",
    help="可多次给出，不超过本人所有。",
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="有效天数。")
@SERVED
@DATABASE
@FORMAT
def token(
    name: str, title: str, scopes: tuple[str, ...], days: int, workspace: Path, database: str | None, format: str
) -> None:
    """为某人建一个接口令牌，显示一次。

    \b
    例：greenrule people token wangfang 环评平台对接 --scope findings --scope screen
    """
    from greenrule.web import people as server

    made, secret = server.token(workspace, database, name, title, scopes, days)
    if format == "json":
        echo_json({**made, "secret": secret})
    else:
        click.echo(f"令牌 {secret}（只显示这一次），有效至 {made['until'][:10]}")
