"""`rlvr eval`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from rlvr.config import load


@click.command("eval")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--tasks", type=click.Path(path_type=Path), required=True, help="JSONL file of tasks.")
@click.option("--reward", required=True, help="Name of a reward, or path.py:function.")
@click.option("--lenient", help="A second reward, reported beside the first.")
@click.option("--size", type=int, default=0, help="Only the first so many tasks.")
@click.option("--temperature", type=float, default=0.0, show_default=True, help="0 takes the likeliest token.")
@click.option("--max-new-tokens", type=int, default=256, show_default=True, help="Length limit of a completion.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a JSONL row for each task here.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
def command(
    model: Path,
    tasks: Path,
    reward: str,
    lenient: str | None,
    size: int,
    temperature: float,
    max_new_tokens: int,
    out: Path | None,
    settings: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Score the model in folder MODEL on a file of tasks.

    \b
    Example:
      rlvr eval my/model --tasks tasks.jsonl --reward math.final_number
    """
    overrides = [
        f"model.path={model}",
        f"data.tasks={tasks}",
        f"eval.tasks={tasks}",
        f"eval.size={size or 10**9}",
        f"eval.temperature={temperature}",
        f"eval.strict={reward}",
        f"reward={reward}",
        f"rollout.max_new_tokens={max_new_tokens}",
        "engine.actors=inline",
        *([f"eval.lenient={lenient}"] if lenient else []),
        *settings,
    ]
    config = load("grpo", overrides, check=True)
    from rlvr.engine.evaluate import evaluate_model
    from rlvr.observe.files import json_text

    found = evaluate_model(config)
    if out is not None:
        out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found.rows), encoding="utf-8")
    if as_json:
        click.echo(json_text(found.summary, indent=2))
        return
    table = Table(box=None, show_header=False)
    for key, value in found.summary.items():
        table.add_row(key.removeprefix("eval/"), f"{value:.4g}")
    Console().print(table)
