"""`greenrule air …`: the air desk; each command's module is imported only when it is used."""

from __future__ import annotations

import importlib

import click

#: Command → module that holds it, in the order of a working day.
AIR_COMMANDS: dict[str, str] = {
    "import": "greenrule.cli.air_import",
    "stations": "greenrule.cli.air_import",
    "revisions": "greenrule.cli.air_import",
    "aqi": "greenrule.cli.air_aqi",
    "evaluate": "greenrule.cli.air_evaluate",
    "rank": "greenrule.cli.air_evaluate",
    "target": "greenrule.cli.air_target",
    "bulletin": "greenrule.cli.air_bulletin",
    "chart": "greenrule.cli.air_chart",
    "warn": "greenrule.cli.air_warn",
    "list": "greenrule.cli.air_list",
    "optimise": "greenrule.cli.air_list",
    "forecast": "greenrule.cli.air_forecast",
    "inventory": "greenrule.cli.air_inventory",
}


class AirDesk(click.Group):
    """A group that imports its commands lazily."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All commands, in the order of use."""
        return list(AIR_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command, its module imported now; a command `list` is the function `list_`."""
        if name not in AIR_COMMANDS:
            return None
        module = importlib.import_module(AIR_COMMANDS[name])
        command: click.Command = getattr(module, name if hasattr(module, name) else f"{name}_")
        return command


@click.group(cls=AirDesk)
def air() -> None:
    """空气：导入监测数据，按标准评价、排名、算目标、预报、预警、排应急减排清单。"""
