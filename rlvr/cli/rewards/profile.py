"""`rlvr profile`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console, Group, RenderableType
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlvr.review.tally import Bar
    from rlvr.review.usable import PromptScores, UsableGroups

SIZES: Final = (4, 8, 16, 32)
_FORMULA: Final = """\
Usable: a group whose scores are not all the same. Of a prompt's n scored
samples c_v have the value v; expected are 1 - sum_v C(c_v, G) / C(n, G),
an unbiased estimate of 1 - p^G - (1 - p)^G. Where G > n, the estimate for
groups of n stands in, which is too low on average, never too high."""


@click.command("profile")
@click.argument("name")
@click.argument("rollouts")
@click.option("--pass-at", type=float, help="Score from which on a sample passes; the reward's highest by default.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes of rewards that run in one."
)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(name: str, rollouts: str, pass_at: float | None, workers: int, *, as_json: bool) -> None:
    """Tell what the reward NAME would teach a model that writes like ROLLOUTS, and how fast it is.

    ROLLOUTS holds several completions of each prompt: JSON lines as for `rlvr score`, a parquet file, or the folder
    of a run. Samples of one prompt belong together (of one `task_id`, where there is one). Shown are scores, pass
    rates of prompts, the share of groups of 4, 8, 16 and 32 samples from which something can be learned, and times.

    \b
    Example:
      rlvr profile math.final_number samples.jsonl
      rlvr profile rewards.py:price runs/first
    """
    from rlvr import registry
    from rlvr.observe.files import json_text
    from rlvr.review.rows import read_rows
    from rlvr.review.scoring import score_rows
    from rlvr.review.tally import Tally
    from rlvr.review.usable import Prompts, expected_usable

    reward = registry.get(name)
    tally, prompts = Tally(reward.range), Prompts()
    threshold = reward.range[1] if pass_at is None else pass_at
    for row, verdict in score_rows(reward, read_rows(rollouts), workers=workers):
        tally.add(row.place, verdict)
        prompts.add(row, verdict)
    known = prompts.all()
    groups = [found for size in SIZES if (found := expected_usable(known, size)) is not None]
    if as_json:
        found = {"reward": reward.identity, "file": rollouts, **tally.as_dict()}
        click.echo(json_text(found | _as_dict(known, groups, threshold), indent=2))
        return
    from rlvr.cli.rewards import verdicts

    console = Console(highlight=False)
    title = f"{reward.identity}   {rollouts}   {tally.count:,} samples of {len(known):,} prompts"
    console.print(Text(title, style="bold"))
    if tally.count:
        parts = [verdicts.counts(tally), *verdicts.pictures(tally), _pass_rates(known, threshold)]
        verdicts.print_parts(console, *parts, _usable(groups), verdicts.latencies(tally))


def _rates(prompts: Sequence[PromptScores], threshold: float) -> list[float]:
    return [prompt.pass_rate(threshold) for prompt in prompts if prompt.scored]


def _bars(rates: Sequence[float]) -> list[Bar]:
    """Never, in four steps, always: the two ends are what a group cannot learn from."""
    from rlvr.review.tally import Bar

    # Never and always are bars of their own: (0, 1/4], (1/4, 1/2], (1/2, 3/4], (3/4, 1).
    counts = Counter(0 if rate == 0 else 5 if rate == 1 else 1 + min(3, int(rate * 4)) for rate in rates)
    ends = [(0.0, 0.0), (0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0), (1.0, 1.0)]
    return [Bar(low, high, counts[i]) for i, (low, high) in enumerate(ends)]


def _pass_rates(prompts: Sequence[PromptScores], threshold: float) -> RenderableType:
    from rlvr.cli.rewards import verdicts

    rates = _rates(prompts, threshold)
    if not rates:
        return Text("no prompt has a scored sample")
    mean = sum(rates) / len(rates)
    title = f"pass rate of prompts (a sample passes from {threshold:g} on), mean {mean:.3f}"
    return Group(Text(title), Text(), verdicts.histogram(_bars(rates)))


def _usable(groups: Sequence[UsableGroups]) -> RenderableType:
    from rlvr.cli.rewards import verdicts

    if not groups:
        return Text("usable groups: no prompt has two scored samples, so nothing can be said of groups")
    table = verdicts.columns("G", "usable groups", "unbiased for", "too low for", right=("G", "usable groups"))
    for group in groups:
        table.add_row(
            str(group.size), f"{group.share:.1%}", f"{group.unbiased:,} prompts", f"{group.too_low:,} prompts"
        )
    return Group(table, Text(), Text(_FORMULA, style="dim"))


def _as_dict(prompts: Sequence[PromptScores], groups: Sequence[UsableGroups], threshold: float) -> dict[str, Any]:
    rates = _rates(prompts, threshold)
    return {
        "prompts": len(prompts),
        "pass_at": threshold,
        "pass_rate_mean": sum(rates) / len(rates) if rates else None,
        "pass_rates": [{"low": bar.low, "high": bar.high, "count": bar.count} for bar in _bars(rates)],
        "usable_groups": [
            {"size": one.size, "share": one.share, "unbiased_prompts": one.unbiased, "too_low_prompts": one.too_low}
            for one in groups
        ],
    }
