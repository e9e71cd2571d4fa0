"""What can be known to be wrong with a run before a model loads."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from urllib.parse import urlsplit

from rlvr.config.checking.canaries import check_canaries
from rlvr.config.checking.data import check_data, check_rewards
from rlvr.config.checking.mixture import check_mixture
from rlvr.config.checking.model import check_model
from rlvr.config.checking.preference import check_preference
from rlvr.config.problem import Problem
from rlvr.config.ranges import check_names, check_numbers
from rlvr.config.schema import SUPERVISED, TrainConfig


def validate(config: TrainConfig) -> list[str]:
    """Everything that is wrong with a configuration, each with its key; nothing when it can run.

    Reads the model's `config.json`, the tasks and the rewards, but loads no weights and no torch.

    >>> validate(TrainConfig(reward="text.exact"))[0]
    'model.path: set it to the folder of a model, or `model.init` to one with a `config.json` to start at random.'
    """
    return [str(problem) for problem in find_problems(config)]


def find_problems(config: TrainConfig) -> list[Problem]:
    """What `validate` says, with the keys apart."""
    found = [
        *check_model(config),
        *check_data(config),
        *check_mixture(config),
        *check_rewards(config),
        *check_canaries(config),
        *check_preference(config),
        *check_numbers(config),
        *check_names(config),
        *_check_batches(config),
        *_check_rollout(config),
        *_check_engine(config),
        *_check_sandbox(config),
    ]
    return list(dict.fromkeys(found))


def _check_sandbox(config: TrainConfig) -> Iterator[Problem]:
    url = config.sandbox.url
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        right = False
    if url and not right:
        yield Problem("sandbox.url", f"`{url}` is no address of a service, such as http://127.0.0.1:8080.")
    yield from _check_what_programs_import(config)


def _check_what_programs_import(config: TrainConfig) -> Iterator[Problem]:
    packages = [name for name in config.sandbox.packages if name != "default"]
    if config.sandbox.url and (packages or config.sandbox.libraries):
        why = "programs run at `sandbox.url`, whose service has its own: `rlvr sandbox serve --package ...`."
        yield Problem("sandbox.packages" if packages else "sandbox.libraries", why)
        return
    for name in packages:
        if not name.isidentifier() or importlib.util.find_spec(name) is None:
            yield Problem("sandbox.packages", f"`{name}` cannot be imported here, so no program could: pip install it.")
    for library in config.sandbox.libraries:
        if not all(library.partition(":")[::2]):
            yield Problem("sandbox.libraries", f"`{library}` names no language: write `cpp:crypto` or `rust:regex`.")


def _check_batches(config: TrainConfig) -> Iterator[Problem]:
    if config.stage in SUPERVISED or config.sft.steps > 0:
        yield from _check_supervised(config)
    if config.stage != "grpo":
        return
    algorithm, ranks = config.algorithm, max(1, config.engine.ranks)
    if algorithm.group_size < 2:
        why = (
            "a sample is compared with its group's mean, and a group of one has no other sample: every advantage is 0."
        )
        yield Problem("algorithm.group_size", f"`{algorithm.group_size}` must be at least 2: {why}")
    prompts, parts = algorithm.prompts_per_step, algorithm.mini_batches
    if prompts > 0 and parts > 0:
        if prompts % parts:
            near = ", ".join(str(n) for n in range(1, prompts + 1) if prompts % n == 0)
            text = f"`{parts}` does not divide algorithm.prompts_per_step={prompts}; {near} would."
            yield Problem("algorithm.mini_batches", text)
        elif prompts // parts * algorithm.group_size < ranks:
            samples = prompts // parts * algorithm.group_size
            text = f"`{ranks}` ranks, but an update has {samples} samples only; raise algorithm.prompts_per_step."
            yield Problem("engine.ranks", text)
    if algorithm.overlong_buffer > config.rollout.max_new_tokens:
        text = f"`{algorithm.overlong_buffer}` is more than rollout.max_new_tokens={config.rollout.max_new_tokens}."
        yield Problem("algorithm.overlong_buffer", text)


def _check_supervised(config: TrainConfig) -> Iterator[Problem]:
    """The stage cpt or sft, or the warm-up."""
    ranks, name = max(1, config.engine.ranks), "cpt" if config.stage == "cpt" else "sft"
    given = config.cpt if name == "cpt" else config.sft
    if 0 < given.batch_size < ranks:
        what = "sequences" if name == "cpt" else "demonstrations"
        yield Problem(f"{name}.batch_size", f"`{given.batch_size}` {what} cannot feed {ranks} ranks.")
    if config.stage == name and given.steps == 0:
        yield Problem(f"{name}.steps", f"`0` leaves nothing to do in the stage {name}.")


def _check_rollout(config: TrainConfig) -> Iterator[Problem]:
    rollout = config.rollout
    if rollout.backend != "vllm":
        return
    # The trainer's log-probabilities are of the distribution before it is cut, and so must the rollout's be.
    if rollout.temperature != 1.0 and (rollout.top_k or rollout.top_p < 1.0):
        what = "top_k" if rollout.top_k else "top_p"
        text = f"vLLM tells log-probabilities before the temperature ({rollout.temperature:g}) or after this; drop one."
        yield Problem(f"rollout.{what}", text)
    if rollout.sleep and config.engine.ranks > 1:
        text = "with it, policy and rollout take turns on one GPU, which works with engine.ranks=1 only."
        yield Problem("rollout.sleep", text)
    if importlib.util.find_spec("vllm") is None:
        text = "`vllm` is not installed: pip install 'rlvr[vllm]' for a GPU; docs/training.md has its CPU build."
        yield Problem("rollout.backend", text)


def _check_engine(config: TrainConfig) -> Iterator[Problem]:
    engine = config.engine
    if engine.actors == "inline" and engine.ranks > 1:
        text = f"`inline` runs in this one process, and engine.ranks={engine.ranks}; write engine.actors=ray."
        yield Problem("engine.actors", text)
