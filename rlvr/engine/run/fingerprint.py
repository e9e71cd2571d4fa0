"""What a stage started from, in a form that two starts can be compared in: its settings, its model, its data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from omegaconf import OmegaConf

from rlvr.config.schema import TrainConfig
from rlvr.engine.policy.model import model_folder
from rlvr.observe.files import json_text
from rlvr.sample import is_list, is_object

_INDIFFERENT: Final = (
    "engine.",
    "recipe",
    "run.dir",
    "run.keep_checkpoints",
    "run.save_rollouts",
    "run.tensorboard",
    "rollout.batch_size",
    "rollout.gpu_memory",
    "scoring.cache",
    "scoring.log",
    "scoring.workers",
)
"""Where and how the work is done: one changes them when memory runs out, and what is learned stays the same."""

_MODEL: Final = ("model.path", "model.init")  # known by its weights

_NO_DATA: Final = ("run.", "model.", "recipe", "scoring.")


def settings(config: TrainConfig) -> dict[str, Any]:
    """The settings that decide what a stage learns, flat: each key with its value."""
    whole = OmegaConf.to_container(OmegaConf.structured(config))
    kept = {key: value for key, value in _flat(whole) if not key.startswith(_INDIFFERENT) and key not in _MODEL}
    return json.loads(json_text(kept))  # as it reads when it comes back from a file


def fingerprint(config: TrainConfig) -> dict[str, Any]:
    """Settings, a hash of the model that a stage starts from, and of each file that its settings name.

    Args:
        config: With absolute paths. Sources on the Hub are known by their name alone.

    Returns:
        `settings`, `model` and `data` as JSON data.
    """
    whole = OmegaConf.to_container(OmegaConf.structured(config))
    named = [value for key, value in _flat(whole) if isinstance(value, str) and not key.startswith(_NO_DATA)]
    files = sorted({path for text in named for path in _paths(text)})
    return {
        "settings": settings(config),
        "model": hash_of(model_folder(config.model)),
        "data": {str(path): hash_of(path) for path in files},
    }


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In what two fingerprints differ, in words."""
    found = [
        f"{key} was `{was['settings'].get(key)}` and is `{now['settings'].get(key)}`"
        for key in sorted({*was["settings"], *now["settings"]})
        if was["settings"].get(key) != now["settings"].get(key)
    ]
    if was["model"] != now["model"]:
        found.append("it started from another model")
    paths = sorted({*was["data"], *now["data"]})
    return found + [f"{path} has changed" for path in paths if was["data"].get(path) != now["data"].get(path)]


def hash_of(path: Path) -> str:
    """SHA-256 of a file, or of all files in a folder with their names.

    Modules are left out: beside a model in a package they are the package's, and no model's own code is ever run.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = file.write_text("tea")
    >>> hash_of(file)[:8], hash_of(file.parent)[:8]
    ('a9f74d1e', '7b3dfdcc')
    >>> _ = file.with_name("__init__.py").write_text("")
    >>> hash_of(file.parent)[:8]
    '7b3dfdcc'
    """
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for one in sorted(path.rglob("*")):
        if one.is_file() and one.suffix not in (".py", ".pyc"):
            whole.update(f"{one.relative_to(path).as_posix()}\n{hash_of(one)}\n".encode())
    return whole.hexdigest()


def _paths(text: str) -> list[Path]:
    """The files and folders that a setting names: by path, by pattern, or a reward's file before a colon."""
    before, colon, _ = text.rpartition(":")
    text = before if colon and before.endswith(".py") else text
    if not text.startswith("/"):
        return []
    path = Path(text)
    return [path] if path.exists() else sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))


def _flat(value: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if is_object(value) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif is_list(value) and value and not isinstance(value[0], int | float):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{prefix}.{number}")
    else:
        yield prefix, value
