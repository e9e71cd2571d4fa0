"""`rlvr verl`."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("verl")
def command() -> None:
    """What verl reads of ours; `engine=verl` in `rlvr plan` and `rlvr train` does the rest.

    \b
    Example:
      rlvr verl export tasks.jsonl --to tasks.parquet --reward math.final_number
    """


@command.command("export")
@click.argument("tasks", type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="Parquet file to write.")
@click.option("--reward", default="", help="Judges the tasks that name no reward.")
def export(tasks: Path, target: Path, reward: str) -> None:
    """Write TASKS as a parquet file that verl's RLHFDataset and our reward manager read.

    \b
    Example:
      rlvr verl export tasks.jsonl --to tasks.parquet --reward math.final_number
    """
    from rlvr.tasks import read_tasks
    from rlvr.verl.settings.preparing import export_tasks

    found = read_tasks(tasks)
    export_tasks(found, target, reward)
    click.echo(f"Wrote {len(found)} {'task' if len(found) == 1 else 'tasks'} to {target}.")
