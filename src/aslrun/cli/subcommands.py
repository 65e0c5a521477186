"""A group of commands below a command: a wrong name is told with the one that was meant."""

from __future__ import annotations

import click

from .problems import near


class Subcommands(click.Group):
    """Commands below a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            meant = near(args[0], self.commands, most=1, alike=0.5)
            hint = f" Did you mean {meant[0]!r}?" if meant else f" There are: {', '.join(self.commands)}."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)
