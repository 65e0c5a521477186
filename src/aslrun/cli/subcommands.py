"""A group of commands below a command: a wrong name is told with the one that was meant."""

from __future__ import annotations

import click

from .problems import near


class Subcommands(click.Group):
    """Commands below a command, in the order in which they are declared."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(200)) for name, command in self.commands.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            meant = near(args[0], self.commands, most=1, alike=0.5)
            hint = f" Did you mean {meant[0]!r}?" if meant else f" There are: {', '.join(self.commands)}."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)
