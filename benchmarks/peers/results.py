"""Where the figures of a benchmark are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def keep(name: str, figures: Any) -> Path:
    """Writes figures to `benchmarks/out/NAME.json`, and gives that path."""
    path = Path(__file__).parents[1] / "out" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return path
