"""Checkpoints: the policy through DCP, the run's own state as JSON, and a folder that is either whole or not there.

A checkpoint is written into a folder beside its place, flushed to disk and renamed. Whatever happens while it is
written, the earlier ones stay as they were.

`engine/run/loop.py` calls both readers when a run resumes: `read_state` for stage, step and the places in the data,
then `load_policy` in each worker.

Reading one unpickles DCP's `.metadata` file: resume only runs whose folder you trust. Everything else is read without.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import torch.distributed.checkpoint
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

from rlvr.engine.policy.policy import Policy
from rlvr.errors import CheckpointError

STATE: Final = "state.json"
_POLICY: Final = "policy"
_DCP: Any = torch.distributed.checkpoint  # its two functions are not annotated


def save_policy(policy: Policy, folder: Path) -> None:
    """Writes weights, optimiser, reference policy (all resharded when read), schedule and random state of this rank."""
    # DCP takes a step of size 0 where there was none yet, and AdamW would count it.
    moved = bool(policy.optimizer.state)
    model, optimizer = get_state_dict(policy.model, policy.optimizer)
    state: dict[str, Any] = {"model": model, "optimizer": optimizer}
    if policy.reference is not None:
        state["reference"] = policy.reference.state_dict()
    try:
        with _one_process_is_meant():
            _DCP.save(state, checkpoint_id=folder / _POLICY, no_dist=policy.ranks == 1)
    except CheckpointException as error:  # no `Exception`, so that it would end an actor
        raise CheckpointError(_why(error)) from error
    own = {"schedule": policy.scheduler.state_dict(), "random": _random_state(policy.device), "moved": moved}
    if not moved:
        policy.optimizer.state.clear()
    torch.save(own, folder / f"rank-{policy.rank}.pt")


def load_policy(policy: Policy, folder: Path) -> None:
    """Reads what `save_policy` wrote, with any number of ranks then and now.

    The schedule is the same on all ranks. A rank that was not there when the checkpoint was written takes the random
    state of rank 0; rollouts do not depend on it.

    Raises:
        CheckpointError: A part is missing or does not fit the model.
    """
    try:
        model, optimizer = get_state_dict(policy.model, policy.optimizer)
        state: dict[str, Any] = {"model": model, "optimizer": optimizer}
        if policy.reference is not None:
            state["reference"] = policy.reference.state_dict()
        with _one_process_is_meant():
            _DCP.load(state, checkpoint_id=folder / _POLICY, no_dist=policy.ranks == 1)
        set_state_dict(
            policy.model, policy.optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"]
        )
        if policy.reference is not None:
            policy.reference.load_state_dict(state["reference"])
        own = folder / f"rank-{policy.rank}.pt"
        kept = torch.load(own if own.is_file() else folder / "rank-0.pt", weights_only=True)
    except (OSError, CheckpointException, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"The checkpoint {folder} cannot be read: {_why(error)}") from error
    if not kept["moved"]:
        policy.optimizer.state.clear()
    policy.scheduler.load_state_dict(kept["schedule"])
    _set_random_state(kept["random"], policy.device)


def write(
    root: Path, name: str, state: dict[str, Any], save: Callable[[Path], None], *, keep: int, spare: str = ""
) -> Path:
    """Writes a whole checkpoint: the run's state, and whatever `save` puts into the folder.

    Args:
        root: The run's folder of checkpoints.
        name: Of the new one; one that is there already stays as it is.
        state: The run's own state, as JSON.
        save: Called with the folder to write into.
        keep: How many of the newest stay, this one included.
        spare: Name of one more that stays.

    Returns:
        Where it lies.

    Raises:
        CheckpointError: It could not be written, most often for want of space. Older ones are untouched.
    """
    root.mkdir(parents=True, exist_ok=True)
    final, beside = root / name, root / f".{name}.partial"
    if (final / STATE).is_file():  # the same step once more, after Ctrl-C: nothing was learned since
        return final
    for left in root.glob(".*.partial"):  # by a run that was killed while it wrote
        shutil.rmtree(left, ignore_errors=True)
    try:
        beside.mkdir()
        save(beside)
        (beside / STATE).write_text(json.dumps(state, indent=2), encoding="utf-8")
        _flush(beside)
        beside.rename(final)
        _flush(root)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(beside, ignore_errors=True)
        older = newest(root)
        raise CheckpointError(
            f"The checkpoint {final} could not be written: {_why(error)}",
            hint=f"The newest whole one is {older}. Free some space and resume."
            if older
            else "There is no earlier one.",
        ) from error
    for old in (one for one in _all(root)[:-keep] if one.name != spare):
        # Under its own name a half-deleted one would pass for whole.
        shutil.rmtree(old.rename(root / f".{old.name}.partial"), ignore_errors=True)
    return final


def newest(root: Path) -> Path | None:
    """The newest whole checkpoint of a run, or nothing."""
    found = _all(root)
    return found[-1] if found else None


def read_state(folder: Path) -> dict[str, Any]:
    """The run's own state in a checkpoint."""
    return json.loads((folder / STATE).read_text(encoding="utf-8"))


@contextmanager
def _one_process_is_meant() -> Generator[None]:
    """DCP warns that without a process group it takes the intent to be a single process. It is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled", category=UserWarning)
        yield


def _why(error: BaseException) -> str:
    """What went wrong, without the traceback that DCP puts into its message."""
    if isinstance(error, CheckpointException) and error.failures:
        error = next(iter(error.failures.values()))[0]
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _all(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("step-*") if (path / STATE).is_file())


def _flush(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _random_state(device: torch.device) -> dict[str, Any]:
    kind, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    version, internal, gauss = random.getstate()
    state: dict[str, Any] = {
        "torch": torch.get_rng_state(),
        "numpy": [
            str(kind),
            torch.from_numpy(np.asarray(keys).astype(np.int64)),
            int(position),
            int(has_gauss),
            float(cached),
        ],
        "python": [version, list(internal), gauss],
    }
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def _set_random_state(state: dict[str, Any], device: torch.device) -> None:
    torch.set_rng_state(state["torch"])
    kind, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
