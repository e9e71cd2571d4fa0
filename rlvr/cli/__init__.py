"""The command line: one module a verb, loaded when it is called for."""

from __future__ import annotations

import importlib
import sys
from typing import Final, NoReturn

import click

from rlvr.errors import RlvrError, did_you_mean

HEADINGS: Final = {
    "train": {
        "train": "Train a policy by a recipe.",
        "resume": "Go on with a run that was interrupted.",
        "report": "Write a run's page, also while it goes on.",
        "plan": "Estimate a recipe's memory and time.",
        "rehearse": "Try a recipe with verl's real trainer on this CPU.",
        "config": "Print a recipe with every key resolved.",
        "export": "Write a run's policy as a Hugging Face folder.",
        "verl": "Write what verl reads.",
        "miniature": "Write the world of Tower+ in a box, and tell what its models can do.",
    },
    "rewards": {
        "list": "List the rewards that have a name.",
        "show": "Show all that is known of a reward.",
        "score": "Judge completions with a reward.",
        "test": "Run a reward's golden cases, the contract and relations.",
        "probe": "Try to fool a reward.",
        "profile": "Tell what a reward would teach, and how fast it is.",
        "diff": "Show verdicts that changed between two versions of a reward.",
    },
    "data": {
        "data": "Tell what a mixture of text holds, and what of it is left out.",
        "validate": "Find what is wrong with a file of tasks.",
        "curate": "Keep the best of several answers to each prompt, to learn from.",
        "decontaminate": "Look for passages of evaluation files in training data.",
        "constraints": "List what a prompt can ask for, and make tasks that ask for it.",
        "translation": "Make what translation rewards need beside a model.",
    },
    "models": {
        "eval": "Evaluate a model on a suite, or on a file of tasks.",
        "compare": "Compare evaluations of several models, with intervals.",
    },
    "tools": {
        "doctor": "Tell what this machine and a model folder have and lack.",
        "sandbox": "Run programs that nobody trusts, and judge them.",
        "setup": "Make what needs an environment of its own.",
    },
}
"""The verbs and what each does, under the headings of `rlvr --help`. A heading is a folder of modules, one a verb."""

VERBS: Final = {verb: heading for heading, verbs in HEADINGS.items() for verb in verbs}
"""The heading of each verb."""

ELSEWHERE: Final = {"constraints", "miniature", "sandbox", "setup", "translation"}
"""Verbs that other packages bring, by entry points of the group `rlvr.verbs`."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        if cmd_name in ELSEWHERE:
            from importlib.metadata import entry_points

            return entry_points(group="rlvr.verbs")[cmd_name].load()
        return importlib.import_module(f"rlvr.cli.{VERBS[cmd_name]}.{cmd_name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The short help stands here, so that `rlvr --help` need not import every verb.
        width = max(map(len, VERBS))
        for heading, verbs in HEADINGS.items():
            with formatter.section(heading.capitalize()):
                formatter.write_dl([(verb.ljust(width), help) for verb, help in verbs.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"There is no `rlvr {args[0]}`.{did_you_mean(args[0], VERBS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rlvr")
def _cli() -> None:
    """Reinforcement learning with verifiable rewards."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """The console script `rlvr`.

    Exits with 2 and a plain message on what a user can mend, with 130 after Ctrl-C; anything else is a bug and keeps
    its traceback.
    """
    try:
        sys.exit(_cli.main(args=arguments, prog_name="rlvr", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except RlvrError as error:
        click.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.secho("Stopped.", err=True)
        sys.exit(130)
