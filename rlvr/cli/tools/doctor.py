"""`rlvr doctor`."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rlvr.doctor import Finding

_STYLES: Final = {"ok": "green", "note": "cyan", "missing": "yellow", "warning": "yellow", "broken": "bold red"}


@click.command("doctor")
@click.argument("only", required=False)
@click.option("--model", type=click.Path(path_type=Path), help="Folder of a model to look at as well.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
def command(only: str | None, model: Path | None, *, as_json: bool) -> None:
    """Tell what this machine has and lacks, and whether a model's folder fits together.

    Everything that is missing comes with the command that adds it. Exits with 1 only when something is broken that is
    always needed; what only some uses need may be missing. ONLY names one part, `sandbox`, to look at that alone.

    \b
    Example:
      rlvr doctor
      rlvr doctor sandbox
      rlvr doctor --model my/model
    """
    from dataclasses import asdict

    from rlvr.doctor.machine import check_devices, check_machine
    from rlvr.doctor.packages import check_packages
    from rlvr.doctor.probes import check_one, check_probes
    from rlvr.observe.files import json_text

    if only is None:
        findings = [*check_machine(), *check_devices(), *check_packages(), *check_probes()]
    else:
        findings = check_one(only)
    if model is not None:
        from rlvr.doctor.model import check_model_folder

        findings += check_model_folder(model.expanduser())
    broken = [finding for finding in findings if finding.state == "broken"]
    if as_json:
        click.echo(json_text({"broken": len(broken), "findings": [asdict(one) for one in findings]}, indent=2))
    else:
        _print(findings)
    sys.exit(1 if broken else 0)


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    width = max(len(one.name) for one in findings) + 2
    for number, (group, members) in enumerate(groupby(findings, lambda one: one.group)):
        console.print(Text(f"\n{group}" if number else group, style="bold"))
        for one in members:
            state = (str(one.state).ljust(9), _STYLES[one.state])
            line = Text.assemble("  ", state, one.name.ljust(width), one.detail)
            # Commands that are broken cannot be pasted, so nothing here is wrapped.
            console.print(line, soft_wrap=True)
            if one.fix:
                console.print(Text(f"{' ' * (11 + width)}{one.fix}", style="bold"), soft_wrap=True)
