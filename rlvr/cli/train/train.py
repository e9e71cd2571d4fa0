"""`rlvr train`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from rlvr.config import is_chain, load, parse_command


@click.command("train")
@click.argument("settings", nargs=-1, metavar="recipe=NAME [KEY=VALUE]...")
def command(settings: tuple[str, ...]) -> None:
    """Train a policy by a recipe; every key of the configuration can be set as KEY=VALUE.

    \b
    Example:
      rlvr train recipe=quickstart
      rlvr train recipe=cpt model.path=my/model data.mixture.web.path=web.jsonl data.mixture.web.weight=1
      rlvr train recipe=grpo model.path=my/model data.tasks=tasks.jsonl reward=math.final_number
      rlvr train recipe=tower_plus/2b stage=all model.path=my/gemma-2-2b

    `stage=all` goes through the stages that the recipe has settings for, each from what the one before it leaves. The
    same command again goes on where it stopped, and leaves out what is done.

    The first Ctrl-C ends the run after the current step, with a checkpoint; the second ends it at once, as the first
    does with engine=verl. `rlvr resume` goes on.
    """
    recipe, overrides = parse_command(settings)
    if is_chain(recipe, overrides):
        from rlvr.engine.run.chain import train_chain

        report_chain(train_chain(recipe, overrides), Console())
        return
    config = load(recipe, overrides, check=True)
    if config.engine.kind == "verl":
        from rlvr.verl.run import training

        report_end(training.train(config), Console())
        return
    from rlvr.engine.run.loop import train

    report_end(train(config), Console())


def report_chain(outcome: object, console: Console) -> None:
    """Prints the table of each stage that was trained now, and where the last one's model lies."""
    from rlvr.engine.run.chain import ChainOutcome

    assert isinstance(outcome, ChainOutcome)
    for run in outcome.runs:
        report_end(run, console, again=outcome.folder)
    if outcome.model is None:  # stopped in the last step of a stage
        console.print(f"Stopped. Go on with: rlvr resume {outcome.folder}", highlight=False, soft_wrap=True)
        sys.exit(130)
    console.print(f"The model: {outcome.model}", highlight=False, soft_wrap=True)


def report_end(outcome: object, console: Console, *, again: Path | None = None) -> None:
    """Prints the table at the end of a run; an interrupted one also says how to go on, and exits with 130.

    Args:
        outcome: Of the run.
        console: To print to.
        again: What to resume, where that is not the run's own folder.
    """
    from rlvr.data import mixture_table
    from rlvr.engine.run.loop import Outcome
    from rlvr.observe.summary import print_summary, summary_table

    assert isinstance(outcome, Outcome)
    table = summary_table(
        outcome.before, outcome.after, seconds=outcome.seconds, folder=outcome.folder, report=outcome.report
    )
    print_summary(table, console)
    for report in outcome.mixtures.values():
        console.print(mixture_table(report))
    if not outcome.finished:
        how = f"Stopped after step {outcome.step}. Go on with: rlvr resume {again or outcome.folder}"
        console.print(how, highlight=False, soft_wrap=True)  # a command that is broken cannot be pasted
        sys.exit(130)
