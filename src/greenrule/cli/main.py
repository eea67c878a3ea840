"""The command line: `greenrule COMMAND …`; thin, it parses, calls casework, prints."""

from __future__ import annotations

import sys

import click

from greenrule.core.errors import InputFault


class Greenrule(click.Group):
    """Turns faults into the exit codes and stderr lines of the contract."""

    def main(self, *args: object, **options: object) -> object:  # type: ignore[override]
        """Run; a fault prints one line each and leaves with its exit code, a traceback only with `--debug`."""
        try:
            return super().main(*args, **options)  # type: ignore[arg-type]
        except InputFault as fault:
            if "--debug" in sys.argv:
                raise
            for item in fault.faults:
                click.echo(str(item), err=True)
            sys.exit(fault.exit_code)


@click.group(cls=Greenrule, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="greenrule")
@click.option("--debug", is_flag=True, help="出错时显示完整的调用栈。")
def main(debug: bool) -> None:
    """绿尺 Greenrule：把一个省的生态环境政策变成可以提问的东西。"""


def _register() -> None:
    from greenrule.cli.pack import pack

    main.add_command(pack)


_register()

if __name__ == "__main__":
    main()
