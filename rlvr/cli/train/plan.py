"""`rlvr plan`."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rlvr.errors import ConfigError

if TYPE_CHECKING:
    from rlvr.config import TrainConfig
    from rlvr.plan.stages import StagePlan
    from rlvr.plan.time import Device
    from rlvr.verl.settings.preparing import VerlPlan


@click.command("plan")
@click.argument("recipe")
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--device", default="h100", show_default=True, help="a100-40, a100, h100, h200, b200 or rtx4090.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def command(recipe: str, settings: tuple[str, ...], device: str, *, as_json: bool) -> None:
    """Estimate the memory and time of RECIPE before anything is paid for.

    Nothing is loaded but the model's config.json: of model.path where it is there, else of model.shape. The stage is
    the recipe's own, or `stage=NAME`; `stage=all` plans each stage that the recipe has settings for. Exits with 1 when
    something would not fit.

    \b
    Example:
      rlvr plan tower_plus/2b stage=grpo engine.ranks=8 --device h100
    """
    from rlvr.config import load, stages_of
    from rlvr.plan.shape import shape_of
    from rlvr.plan.stages import plan_stage
    from rlvr.plan.time import DEVICES

    if device not in DEVICES:
        raise click.BadParameter(f"`{device}` is not one of {', '.join(DEVICES)}.", param_hint="--device")
    recipe = recipe.removeprefix("recipe=")
    shape = cache(shape_of)  # the stages of a recipe share their model
    plans: list[tuple[TrainConfig, StagePlan, VerlPlan | None]] = []
    for stage in stages_of(recipe, settings):
        config = load(recipe, [*(word for word in settings if not word.startswith("stage=")), f"stage={stage}"])
        plans.append((config, plan_stage(config, shape(_folder(config)), DEVICES[device]), _verl(config)))
    if as_json:
        import json

        click.echo(json.dumps([_as_dict(plan) | _told(verl) for _, plan, verl in plans], indent=2))
    else:
        _show([(config, plan) for config, plan, _ in plans], DEVICES[device])
        for _, _, verl in plans:
            if verl is not None:
                _show_verl(verl)
    sys.exit(any(plan.problems or (verl is not None and verl.problems) for _, plan, verl in plans))


def _verl(config: TrainConfig) -> VerlPlan | None:
    """What verl would be told, for a folder that is not there yet."""
    if config.engine.kind != "verl":
        return None
    from rlvr.verl.settings.preparing import plan_verl

    return plan_verl(config, Path(config.run.dir) / (config.run.name or "NAME"))


def _told(plan: VerlPlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    problems = [str(problem) for problem in plan.problems]
    return {"verl": {"overrides": plan.overrides, "command": plan.command, "problems": problems}}


def _show_verl(plan: VerlPlan) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    if plan.mapped:
        console.print("\n[bold]verl[/bold]  what it is told, and which key of ours says so")
        for mapped in plan.mapped:
            said = f"  [dim]{mapped.ours}[/dim]" if mapped.ours else ""
            console.print(f"{escape(mapped.override)}{said}", soft_wrap=True)
        console.print("\nThe command, once `rlvr train` has written the folder:\n", style="dim")
        console.print(plan.shown, soft_wrap=True, markup=False)  # a command that is broken cannot be pasted
    for problem in plan.problems:
        console.print(str(problem), style="red", markup=False)


def _folder(config: TrainConfig) -> Path:
    """Where the model's config.json is."""
    from rlvr.config.paths import resolve_folder

    named = [text for text in (config.model.path, config.model.init, config.model.shape) if text]
    folder = next((place for place in map(resolve_folder, named) if (place / "config.json").is_file()), None)
    if folder is None:
        places = ", ".join(named) or "model.path, model.init and model.shape, which are empty"
        raise ConfigError([f"model.path: there is no config.json in {places}."])
    return folder


def _show(plans: list[tuple[TrainConfig, StagePlan]], device: Device) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for config, plan in plans:
        ranks = config.engine.ranks
        shared = "one device" if ranks == 1 else f"{ranks} devices"
        where = f"policy on {shared}" if plan.devices == ranks else f"policy on {shared}, the rollout on one more"
        console.print(f"\n[bold]{plan.stage}[/bold]  {plan.model}, {where} ({device.name})")
        console.print(_memory_table(plan))
        parts = ", ".join(f"{name} {seconds:,.1f} s" for name, seconds in plan.seconds.items())
        hours = f"{plan.hours:,.1f} hours" + (f", {plan.device_hours:,.0f} GPU hours" if plan.devices > 1 else "")
        console.print(f"a step: {parts}; {plan.steps:,} steps: {hours}")
        for problem in plan.problems:
            console.print(problem, style="red")
    console.print(
        "\nEstimates. Weights are counted exactly; activations are those of the usual decoder layer; times assume 35 % "
        "of the device's peak for training, half its bandwidth for generation, completions as long as they may be.",
        style="dim",
    )


def _memory_table(plan: StagePlan) -> Any:
    from rich.table import Table

    from rlvr.plan.memory import GIB

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column(style="dim", overflow="fold")
    for part in (*plan.update, *plan.rollout):
        table.add_row(part.name, f"{part.bytes / GIB:,.1f} GiB", part.why)
    if plan.held:
        table.add_row(
            "held while generating", f"{plan.held / GIB:,.1f} GiB", "what of the policy stays beside the rollout"
        )
    table.add_row("on the fullest device", f"{plan.peak / GIB:,.1f} GiB", "", style="bold")
    return table


def _as_dict(plan: StagePlan) -> dict[str, Any]:
    return {
        "stage": plan.stage,
        "memory": {part.name: part.bytes for part in (*plan.update, *plan.rollout)},
        "peak": plan.peak,
        "steps": plan.steps,
        "seconds": plan.seconds,
        "hours": plan.hours,
        "devices": plan.devices,
        "device_hours": plan.device_hours,
        "problems": list(plan.problems),
    }
