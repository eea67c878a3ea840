"""The command line: `greenrule COMMAND …`; thin, it parses, calls casework, prints."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from greenrule.core.errors import Fault, InputFault

#: Command → module that holds it; a module is imported only when its command is used.
COMMANDS = {
    "screen": "greenrule.cli.screen", "verify": "greenrule.cli.screen", "facts": "greenrule.cli.screen",
    "where": "greenrule.cli.siting", "route": "greenrule.cli.siting", "atlas": "greenrule.cli.atlas",
    "industry": "greenrule.cli.screen", "pack": "greenrule.cli.pack", "demo": "greenrule.cli.layers",
    "workspace": "greenrule.cli.layers", "layer": "greenrule.cli.layers", "finding": "greenrule.cli.layers",
    "compare": "greenrule.cli.plan", "plan": "greenrule.cli.plan",
    "task": "greenrule.cli.coverage", "target": "greenrule.cli.coverage", "ask": "greenrule.cli.ask",
    "turn": "greenrule.cli.turn", "air": "greenrule.cli.air",
    "serve": "greenrule.cli.serve", "people": "greenrule.cli.people", "audit": "greenrule.cli.audit",
    "filing": "greenrule.cli.filing", "law": "greenrule.cli.law", "watch": "greenrule.cli.watch",
    "jobs": "greenrule.cli.jobs", "exchange": "greenrule.cli.exchange",
    "backup": "greenrule.cli.backup", "restore": "greenrule.cli.backup",
}  # fmt: skip

#: Other names of commands, not listed beside them.
ALIASES = {"layers": "layer"}


class Greenrule(click.Group):
    """Imports commands lazily and turns faults into the exit codes and stderr lines of the contract."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command, its module imported now."""
        name = ALIASES.get(name, name)
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[name]), name)
        return command

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run; faults print a line each and leave with their exit code, a traceback only with `--debug`."""
        words = list(sys.argv[1:] if args is None else args)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a terminal that lacks a character shows its number
                stream.reconfigure(errors="backslashreplace")
        try:
            try:
                return super().main(words, *rest, **options)
            finally:
                sys.stdout.flush()  # a full disk behind `>` must be told here, not by the interpreter's last breath
        except InputFault as fault:
            if "--debug" in words:
                raise
            _tell(fault.faults)
            sys.exit(fault.exit_code)
        except OSError as error:
            if "--debug" in words:
                raise
            where = f"（{error.filename}）" if isinstance(error.filename, (str, os.PathLike)) else ""
            click.echo(
                str(
                    Fault("D002", f"读写不成：{error.strerror or error}{where}", None, "检查磁盘空间、权限和输出的去处")
                ),
                err=True,
            )
            _abandon(sys.stdout)
            sys.exit(3)
        except (MemoryError, RecursionError) as error:
            if "--debug" in words:
                raise
            click.echo(
                str(
                    Fault("D003", f"内存不够：{type(error).__name__}", None, "把输入拆小，或加 `--debug` 看出错的地方")
                ),
                err=True,
            )
            sys.exit(3)


#: Faults of one code that are told one by one; a column that is wrong in every row would hide everything else.
_MOST = 50


def _tell(faults: Sequence[Fault]) -> None:
    """Every fault with its help; of many of one kind the first ones, and how many more there are."""
    told = Counter[str]()
    for fault in faults:
        told[fault.code] += 1
        if told[fault.code] <= _MOST:
            click.echo(str(fault), err=True)
    for code, count in told.items():
        if count > _MOST:
            click.echo(f"{code} 另有 {count - _MOST} 处同类问题，未逐条列出", err=True)


def _abandon(stream: Any) -> None:
    """Point a stream that cannot be written elsewhere, so that closing it says nothing more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(cls=Greenrule, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="greenrule")
@click.option("--debug", is_flag=True, help="出错时显示完整的调用栈。")
def main(debug: bool) -> None:
    """绿尺 Greenrule：把一个省的生态环境政策变成可以提问的东西。"""


if __name__ == "__main__":
    main()
