"""What a mixture really contains: documents, tokens, shares, epochs, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from rlvr.data.mixture import Mixture
from rlvr.data.selection import Selection


def mixture_report(mixture: Mixture, selections: Mapping[str, Selection]) -> dict[str, Any]:
    """What was taken so far, as JSON data.

    Args:
        mixture: As far as it has been drawn from.
        selections: Of the sources that a pass was made over.
    """
    documents = sum(taken.documents for taken in mixture.taken.values())
    tokens = sum(taken.tokens for taken in mixture.taken.values())
    sources: dict[str, Any] = {}
    for name, taken in mixture.taken.items():
        selection = selections.get(name)
        dropped = dict(selection.dropped) if selection else {}
        for reason, count in taken.position.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
        sources[name] = {
            "share": float(mixture.shares[name]),
            "documents": taken.documents,
            "share_of_documents": taken.documents / max(documents, 1),
            "tokens": taken.tokens,
            "share_of_tokens": taken.tokens / max(tokens, 1),
            "epochs": taken.position.epoch,
            "held_out": len(mixture.streams[name].held_out),
            "dropped": dropped,
        }
    return {"weigh_by": mixture.unit, "documents": documents, "tokens": tokens, "sources": sources}


def mixture_table(report: Mapping[str, Any]) -> Table:
    """The same as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("source")
    for heading in (f"share of {report['weigh_by']}", "documents", "", "tokens", "", "epochs"):
        table.add_column(heading, justify="right")
    table.add_column("left out")
    for name, row in report["sources"].items():
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in row["dropped"].items())
        table.add_row(
            name,
            f"{row['share']:.1%}",
            f"{row['documents']:,}",
            f"{row['share_of_documents']:.1%}",
            f"{row['tokens']:,}",
            f"{row['share_of_tokens']:.1%}",
            f"{row['epochs']}",
            dropped or "-",
        )
    return table
