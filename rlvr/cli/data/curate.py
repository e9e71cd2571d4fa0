"""`rlvr curate`."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rlvr.review.curation import Judge
    from rlvr.sample import Sample


@click.command("curate")
@click.argument("file")
@click.option("--reward", help="Name of a reward, or path.py:function, that scores the answers.")
@click.option("--model", type=click.Path(path_type=Path), help="Instead: folder of a reward model.")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="Tasks file to write.")
@click.option("--min-score", type=float, help="Prompts whose best answer has less are left out.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes of rewards that run in one."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    file: str,
    reward: str | None,
    model: Path | None,
    target: Path,
    min_score: float | None,
    workers: int,
    *,
    as_json: bool,
) -> None:
    """Keep the best of several answers to each prompt in FILE, as demonstrations for supervised fine-tuning.

    FILE holds JSON lines {"prompt": ..., "candidates": [...]}, or {"prompt": ..., "completion": ...} with the rows of
    one prompt together, and what else a tasks file may hold; parquet will do too. Of equally good answers the shortest
    is taken.

    \b
    Example:
      rlvr curate answers.jsonl --reward math.final_number --min-score 1 --to tasks.jsonl
      rlvr curate answers.jsonl --model my/reward-model --to tasks.jsonl
    """
    if (reward is None) == (model is None):
        raise click.UsageError("Name what scores the answers: either --reward or --model.")
    from rlvr.errors import DataError
    from rlvr.observe.files import json_text, replacing
    from rlvr.review.curation import Tally, curate
    from rlvr.rows.files import open_rows
    from rlvr.tasks.candidates import read_candidates

    tally = Tally()
    with (
        _judge(reward, model, workers) as judge,
        replacing(target) as unfinished,
        unfinished.open("w", encoding="utf-8") as out,
    ):
        for row in curate(read_candidates(open_rows(file).read(0)), judge, tally, min_score=min_score):
            print(json_text(row), file=out)
        if not tally.kept:
            reasons = ", ".join(f"{count} {reason}" for reason, count in tally.dropped.items())
            raise DataError(f"No prompt of {file} is left: {reasons or 'it holds none'}.")
    if as_json:
        click.echo(json_text(tally.as_dict(), indent=2))
    else:
        _print(tally.as_dict(), target)


@contextmanager
def _judge(reward: str | None, model: Path | None, workers: int) -> Generator[Judge]:
    if model is not None:
        from rlvr.engine.policy.reward_model import RewardModel

        yield RewardModel(model).score
        return
    from rlvr import registry
    from rlvr.review.scoring import judged
    from rlvr.scoring import Scorer

    with Scorer(registry.get(str(reward)), workers=workers, max_error_rate=1.0) as scorer:

        def judge(samples: Sequence[Sample]) -> list[float | None]:
            return [verdict.score for verdict in judged(scorer, samples)]

        yield judge


def _print(found: dict[str, Any], target: Path) -> None:
    table = Table(box=None, show_header=False)
    table.add_row("prompts", f"{found['prompts']:,}")
    table.add_row("answers", f"{found['candidates']:,}")
    if found["failed"]:
        table.add_row("could not be scored", f"{found['failed']:,}")
    for reason, count in found["dropped"].items():
        table.add_row(reason, f"{count:,}")
    table.add_row("kept", f"{found['kept']:,}")
    table.add_row("mean score, all", f"{found['mean_score']:.4g}")
    table.add_row("mean score, kept", f"{found['mean_score_kept']:.4g}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Wrote {target}.", soft_wrap=True)
