"""The `villagepoints` command: finds its subcommands in the modules of `villagepoints.commands`."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import click
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from villagepoints import commands
from villagepoints.domain.errors import DomainError

REFUSED, UNUSABLE = 1, 2  # exit codes: a rule or a check said no; the command could not be carried out at all
MODULES = {"import": "importing", "cards": "card", "restore": "backup"}  # where a module is not called as its command


class Commands(click.Group):
    """Imports the module of the one command that is called, and all of them only to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name, sorted."""
        return sorted({name for module in _modules() for name in _commands_of(module)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        module = MODULES.get(cmd_name, cmd_name)
        names = [module] if module in _modules() else _modules()
        return next((found for name in names if (found := _commands_of(name).get(cmd_name))), None)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal becomes its sentence on stderr, never a traceback."""
        try:
            return super().invoke(ctx)
        except DomainError as refusal:
            click.echo(str(refusal), err=True)
            ctx.exit(REFUSED)
        except DBAPIError as error:
            click.echo(f"数据库这一步没有做成：{error.orig}", err=True)
            ctx.exit(UNUSABLE)
        except SQLAlchemyError as error:
            click.echo(f"数据库的地址不对（VILLAGEPOINTS_DATABASE_URL）：{error}", err=True)
            ctx.exit(UNUSABLE)
        except OSError as error:
            click.echo(f"文件读写没有成功：{error.strerror or error}（{error.filename or ''}）", err=True)
            ctx.exit(UNUSABLE)


def _modules() -> list[str]:
    return [module.name for module in iter_modules(commands.__path__) if module.name != "shared"]


def _commands_of(module: str) -> dict[str, click.Command]:
    held = vars(import_module(f"{commands.__name__}.{module}")).values()
    found = [value for value in held if isinstance(value, click.Command)]
    below = {id(command) for group in found if isinstance(group, click.Group) for command in group.commands.values()}
    return {command.name: command for command in found if command.name and id(command) not in below}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="villagepoints")
def main() -> None:
    """村级积分：一个村的积分系统。

    退出码：0 做成了；1 被规则拒绝，或检查发现了问题；2 命令或文件用不了。
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
