"""`rlvr export`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="Folder to write; must not exist.")
def command(run: Path, target: Path) -> None:
    """Write the policy of RUN's newest checkpoint as a Hugging Face folder, and compare its logits once reloaded.

    \b
    Example:
      rlvr export runs/quickstart --to my/model
    """
    from rlvr.engine.loop import export

    step = export(run, target)
    click.echo(f"Wrote the policy after step {step} to {target}; its logits, reloaded, are the policy's.")
