"""`rlvr rehearse`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rlvr.errors import ConfigError, RlvrError

if TYPE_CHECKING:
    from rich.console import Console

    from rlvr.verl.rehearsal.outcome import Outcome
    from rlvr.verl.rehearsal.running import Rehearsal


@click.command("rehearse")
@click.argument("words", nargs=-1, required=True, metavar="RECIPE engine=verl [KEY=VALUE]...")
@click.option("--steps", type=click.IntRange(1), default=3, show_default=True, help="Steps to train.")
@click.option("--limit", type=click.FloatRange(1), default=240.0, show_default=True, help="Seconds for all of it.")
@click.option("--keep", type=click.Path(path_type=Path), help="New folder for what is written.")
def command(words: tuple[str, ...], steps: int, limit: float, keep: Path | None) -> None:
    """Try RECIPE with verl's real trainer, vLLM and the recipe's rewards on this CPU, before a cluster is paid for.

    A small model of the same architecture stands for the recipe's, with the recipe's own tokenizer where it is at hand.
    Which keys had to be changed is told. Wrong paths, missing columns, prompts that are too long and a chat template
    that ends no turn are found before verl starts, rewards that fail on the rows after it. Exits with 0 only when it
    went through and nothing was found, and with 1 when something was.

    \b
    Example:
      rlvr rehearse tower_plus/2b stage=grpo engine=verl
      rlvr rehearse recipe=my.yaml engine=verl --limit 600
    """
    from rich.console import Console
    from transformers.utils import logging

    from rlvr.config import load, parse_command
    from rlvr.verl.rehearsal.running import arrange, rehearse

    named = any(word.startswith("recipe=") for word in words) or "=" in words[0]
    recipe, settings = parse_command(words) if named else (words[0], list(words[1:]))
    folder = _folder(keep)
    console = Console(highlight=False)
    logging.disable_progress_bar()  # of the small model's one file
    try:
        rehearsal = arrange(load(recipe, settings), folder, steps=steps)
        _show_plan(rehearsal, console)
        outcome = rehearse(
            rehearsal,
            limit=limit,
            on_phase=lambda name: console.print(f"[dim]{name}[/dim]"),
            on_step=lambda step, metrics: _show_step(step, metrics, console),
        )
    except (RlvrError, KeyboardInterrupt):
        if keep is None:
            shutil.rmtree(folder)
        raise
    _show_outcome(outcome, console)
    if outcome.went_through and keep is None:
        shutil.rmtree(folder)
    else:
        console.print(f"\nThe rehearsal's folder: {folder} (verl.log is all that verl printed)", soft_wrap=True)
    sys.exit(0 if outcome.went_through else 1)


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="rlvr-rehearsal-"))
    if keep.exists():
        raise ConfigError([f"--keep: {keep} is there already; name a new folder."])
    keep.mkdir(parents=True)
    return keep.absolute()


def _show_plan(rehearsal: Rehearsal, console: Console) -> None:
    from rich.text import Text

    model, prompts = rehearsal.model, rehearsal.prompts
    kind = "the recipe's tokenizer" if model.own else "a stand-in for its tokenizer, which is not beside it"
    console.print(
        f"A model of {model.weights:,} weights stands for the one of {model.like}, with {kind}.", soft_wrap=True
    )
    if prompts.held:
        of = "" if prompts.of == prompts.held else f" of {prompts.of:,}" if prompts.of else " of those without end"
        limit = rehearsal.recipe.data.max_prompt_tokens
        console.print(f"{prompts.held:,}{of} prompts were read; none has more than {limit:,} tokens.")
    else:
        console.print("How many tokens the prompts have is not known without the recipe's tokenizer.", style="yellow")
    console.print()
    console.print("Other than in the recipe:")
    width = max(len(change.key) for change in rehearsal.changes)
    for why in dict.fromkeys(change.why for change in rehearsal.changes):
        console.print(Text(why, style="dim"), soft_wrap=True)
        for change in rehearsal.changes:
            if change.why == why:
                line = f"  {change.key:<{width}}  {change.recipe} -> {change.rehearsal}"
                console.print(Text(line), soft_wrap=True)
    console.print()


def _show_step(step: int, metrics: dict[str, Any], console: Console) -> None:
    seconds = metrics.get("timing_s/step")
    said = f"step {step}" if step else "evaluated"
    console.print(f"  {said}{f', {seconds:.1f} s' if seconds is not None else ''}")


def _short(name: str) -> str:
    """The name of a reward in a table: of a file's path the end."""
    path, colon, attribute = name.rpartition(":")
    return f"{Path(path).name}:{attribute}" if colon else name


def _show_outcome(outcome: Outcome, console: Console) -> None:
    from rich.text import Text

    from rlvr.cli.rewards.verdicts import columns, printable
    from rlvr.verdict import Status

    console.print()
    if outcome.rewards:
        table = columns("reward", *(numbers := ("samples", *Status, "mean score")), right=numbers)
        for reward in outcome.rewards:
            counts = (str(reward.statuses.get(status, 0)) for status in Status)
            mean = "-" if reward.mean != reward.mean else f"{reward.mean:.3g}"
            table.add_row(Text(_short(reward.name)), str(reward.samples), *counts, mean)
        console.print(table)
        for reward in outcome.rewards:
            for cause in reward.causes:
                console.print(Text(printable(f"  {reward.name}: {cause}"), style="dim"), soft_wrap=True)
        console.print(f"truncated {outcome.truncated:.0%}, not trained on {outcome.masked:.0%}")
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in outcome.seconds.items())
    console.print(f"{outcome.steps} of {outcome.wanted} steps; seconds: {parts}", soft_wrap=True)
    for problem in outcome.problems:
        console.print(Text(printable(f"Problem: {problem}"), style="red"), soft_wrap=True)
    if outcome.went_through:
        console.print("It went through.", style="green")
