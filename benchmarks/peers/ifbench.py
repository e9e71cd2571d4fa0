"""IFBench's own program, as evalscope vendors it: its checkers, with nltk's data from another package's wheel.

The tagger's data is in no package, so `words:start_verb` cannot run; nothing is downloaded.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

WITHOUT_DATA = "words:start_verb"

Check = Callable[[str, Mapping[str, Any], str], bool]


def load(folder: Path) -> Check | None:
    """Its check of one instruction, or `None` where `make constraint-peers` did not put it there.

    Args:
        folder: Holds `evalscope` and `llama_index`.
    """
    if not (folder / "evalscope").is_dir() or find_spec("syllapy") is None:
        return None
    sys.path.append(str(folder))
    import nltk  # pyright: ignore

    nltk.data.path[:] = [str(folder / "llama_index/core/_static/nltk_cache")]  # pyright: ignore
    # The package itself imports half a platform, and its look for nltk's data goes to the network.
    for name in ("evalscope", "evalscope.benchmarks", "evalscope.utils"):
        module = ModuleType(name)
        module.__path__ = [str(folder / name.replace(".", "/"))]
        sys.modules[name] = module
    resources: Any = ModuleType("evalscope.utils.resource_utils")
    resources.check_nltk_data = _nothing
    sys.modules[resources.__name__] = resources
    nltk.download = _nothing  # pyright: ignore
    registry: Any = importlib.import_module("evalscope.benchmarks.ifbench.instructions_registry")

    def check(id: str, kwargs: Mapping[str, Any], response: str) -> bool:
        instruction = registry.INSTRUCTION_DICT[id](id)
        instruction.build_description(**{name: value for name, value in kwargs.items() if value is not None})
        return bool(response.strip() and instruction.check_following(response))

    return check


def _nothing(*_: object, **__: object) -> None:
    """In place of what downloads."""
