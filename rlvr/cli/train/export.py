"""`rlvr export`."""

from __future__ import annotations

from pathlib import Path

import click

from rlvr.errors import CheckpointError


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="Folder to write; must not exist.")
@click.option("--best", is_flag=True, help="The checkpoint with the lowest held-out loss, not the newest.")
def command(run: Path, target: Path, *, best: bool) -> None:
    """Write the policy of RUN's newest checkpoint as a Hugging Face folder, and compare its logits once reloaded.

    A policy that was trained with adapters comes with them merged; the adapter alone lies in the folder `adapter`.

    \b
    Example:
      rlvr export runs/quickstart --to my/model
    """
    from rlvr.engine.run.loop import engine_of, export

    if engine_of(run) == "verl":
        from rlvr.verl.run import exporting

        if best:
            raise CheckpointError(f"{run} has no best checkpoint: verl keeps the newest.", hint="Leave --best out.")
        step = exporting.export(run, target)
    else:
        step = export(run, target, best=best)
    click.echo(f"Wrote the policy after step {step} to {target}; its logits, reloaded, are the policy's.")
