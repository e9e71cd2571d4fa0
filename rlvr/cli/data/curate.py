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
    from rlvr.evaluation.contamination import Index
    from rlvr.evaluation.endpoint import Endpoint
    from rlvr.review.curation import Judge
    from rlvr.sample import Sample


@click.command("curate")
@click.argument("file")
@click.option("--reward", help="Name of a reward, or path.py:function, that scores the answers.")
@click.option("--model", type=click.Path(path_type=Path), help="Instead: folder of a reward model.")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="Tasks file to write.")
@click.option("--min-score", type=float, help="Prompts whose best answer has less are left out.")
@click.option("--ask", "asked", multiple=True, metavar="URL#MODEL", help="A model that answers; may be repeated.")
@click.option("--each", type=click.IntRange(1), default=1, show_default=True, help="Answers of each model.")
@click.option("--temperature", type=click.FloatRange(0), default=1.0, show_default=True, help="Of those answers.")
@click.option("--max-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Of each of them.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the drawing.")
@click.option("--near", type=click.FloatRange(0, 1, min_open=True), help="Drop prompts so similar to an earlier one.")
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of an evaluation: prompts with passages of it are left out; may be repeated.",
)
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
    asked: tuple[str, ...],
    each: int,
    temperature: float,
    max_tokens: int,
    seed: int,
    near: float | None,
    against: tuple[Path, ...],
    workers: int,
    *,
    as_json: bool,
) -> None:
    """Keep the best of several answers to each prompt in FILE, as demonstrations for supervised fine-tuning.

    FILE holds JSON lines {"prompt": ..., "candidates": [...]}, or {"prompt": ..., "completion": ...} with the rows of
    one prompt together, and what else a tasks file may hold; parquet will do too. Of equally good answers the shortest
    is taken.

    With --ask models behind OpenAI-compatible endpoints answer, and rows need no answers of their own. Their answers
    are kept beside the result, in NAME.answers.jsonl: the same command goes on with them where it was interrupted. An
    endpoint's key is read from the environment variable RLVR_ENDPOINT_KEY.

    \b
    Example:
      rlvr curate answers.jsonl --reward math.final_number --min-score 1 --to tasks.jsonl
      rlvr curate prompts.jsonl --ask http://127.0.0.1:8000/v1#my-model --each 4 --near 0.8 --against gsm8k_test.jsonl
        --reward math.final_number --to tasks.jsonl
      rlvr curate answers.jsonl --model my/reward-model --to tasks.jsonl
    """
    if (reward is None) == (model is None):
        raise click.UsageError("Name what scores the answers: either --reward or --model.")
    from rlvr.errors import DataError
    from rlvr.observe.files import json_text, replacing
    from rlvr.review.curation import Tally, curate
    from rlvr.review.prompts import fit_prompts
    from rlvr.review.sampling import Sampled, sample_answers
    from rlvr.rows.files import open_rows
    from rlvr.tasks.candidates import read_candidates

    tally = Tally()
    found = read_candidates(open_rows(file).read(0), bare=bool(asked))
    prompts = fit_prompts(found, tally.dropped, near=near, against=_index(against))
    if asked:
        endpoints = [_endpoint(one, max_tokens) for one in asked]
        kept = target.with_name(f"{target.stem}.answers.jsonl")
        prompts = sample_answers(list(prompts), endpoints, Sampled(each, temperature, seed), kept)
    with (
        _judge(reward, model, workers) as judge,
        replacing(target) as unfinished,
        unfinished.open("w", encoding="utf-8") as out,
    ):
        for row in curate(prompts, judge, tally, min_score=min_score):
            print(json_text(row), file=out)
        if not tally.kept:
            reasons = ", ".join(f"{count} {reason}" for reason, count in tally.dropped.items())
            raise DataError(f"No prompt of {file} is left: {reasons or 'it holds none'}.")
    if as_json:
        click.echo(json_text(tally.as_dict(), indent=2))
    else:
        _print(tally.as_dict(), target)


def _index(against: Sequence[Path]) -> Index | None:
    from rlvr.errors import DataError
    from rlvr.evaluation.contamination import Index, texts_of
    from rlvr.evaluation.files import rows_of_file

    if not against:
        return None
    index = Index()
    for path in against:
        if not path.expanduser().is_file():
            raise DataError(f"There is no file {path} (looked in {Path.cwd()}).")
        for place, row in rows_of_file(path.expanduser()):
            index.add(place, texts_of(row))
    return index


def _endpoint(text: str, max_tokens: int) -> Endpoint:
    from rlvr.evaluation.endpoint import Endpoint

    url, _, name = text.partition("#")
    if not name:
        raise click.UsageError(f"--ask: `{text}` names no model; write URL#MODEL, http://127.0.0.1:8000/v1#my-model.")
    return Endpoint(url, name, max_tokens=max_tokens)


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
