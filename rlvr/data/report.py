"""What a mixture really contains: documents, tokens, shares, epochs, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from rich.table import Table

from rlvr.data.language_streams import LanguageStreams
from rlvr.data.mixture import Mixture, Taken, TakenOfLanguage
from rlvr.data.selection import Selection
from rlvr.data.stream import Stream


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
        selection, stream = selections.get(name), mixture.streams[name]
        parts = taken.position.languages or {"": taken.position}
        dropped = Counter(selection.dropped if selection else {})
        for position in parts.values():
            dropped.update(position.dropped)
        sources[name] = {
            "share": float(mixture.shares[name]),
            "documents": taken.documents,
            "share_of_documents": taken.documents / max(documents, 1),
            "tokens": taken.tokens,
            "share_of_tokens": taken.tokens / max(tokens, 1),
            "epochs": max(position.epoch for position in parts.values()),
            "held_out": len(stream.held_out),
            "dropped": dict(dropped),
            "languages": _languages(taken, stream),
        }
    return {"weigh_by": mixture.unit, "documents": documents, "tokens": tokens, "sources": sources}


def _languages(taken: Taken, stream: Stream) -> dict[str, Any]:
    """What was taken of each language or pair, by name; `""` for rows that do not say theirs."""
    shares = stream.shares if isinstance(stream, LanguageStreams) else {}
    found: dict[str, Any] = {}
    for name in sorted({*taken.languages, *shares}):
        of = taken.languages.get(name, TakenOfLanguage())
        found[name] = {
            "documents": of.documents,
            "share_of_documents": of.documents / max(taken.documents, 1),
            "tokens": of.tokens,
            "share_of_tokens": of.tokens / max(taken.tokens, 1),
        }
        if name in shares:
            found[name] |= {"share": float(shares[name]), "epochs": taken.position.languages[name].epoch}
    return found


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
        if len(row["languages"]) > 1:
            for language, of in row["languages"].items():
                table.add_row(*_language_cells(language, of), style="dim")
    return table


def _language_cells(language: str, of: Mapping[str, Any]) -> tuple[str, ...]:
    """A line below its source; its shares are parts of the source."""
    share = f"{of['share']:.1%}" if "share" in of else ""
    parts = (f"{of[unit]:,}" if not part else f"{of[f'share_of_{unit}']:.1%}" for unit, part in _COLUMNS)
    return f"  {language or 'not said'}", share, *parts, str(of.get("epochs", "")), ""


_COLUMNS: Final = (("documents", False), ("documents", True), ("tokens", False), ("tokens", True))
